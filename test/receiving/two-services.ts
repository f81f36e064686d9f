import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { z } from 'zod'
import type { ComputeAssetDocument } from '../../core/asset/schema.ts'
import { type Pair, startPair, type Transfer } from '../dps/stand-in/pair.ts'
import { computeAsset, register } from '../http/forms.ts'
import { type Entrypoint, startEntrypoint } from '../support/entrypoint.ts'
import { eventually } from '../support/eventually.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { localFlows } from '../support/local-flows.ts'
import { type HoldingProxy, holdingProxy } from './holding-proxy.ts'

const receptionSchema = z.looseObject({
  id: z.string(),
  state: z.string(),
  flow: z.string(),
  mode: z.string(),
  waitsFor: z.string().nullable(),
  failure: z.looseObject({ cause: z.string(), message: z.string() }).nullable(),
  content: z
    .looseObject({
      files: z.array(z.looseObject({ path: z.string(), size: z.number(), sha256: z.string() })),
      totalBytes: z.number(),
      verifiedBy: z.string(),
    })
    .nullable(),
})
/** A reception as the consumer's admin API shows it. */
export type ShownReception = z.output<typeof receptionSchema>

/** A provider and a consumer, each this service as a process of its own with a control plane of its own. */
export interface TwoServices {
  readonly pair: Pair
  readonly provider: Entrypoint
  readonly consumer: Entrypoint
  /** Between the consumer and the provider's results. */
  readonly proxy: HoldingProxy
  /** Offers an asset whose worker writes files. */
  offer(id: string, code: string, more?: Partial<ComputeAssetDocument>): Promise<void>
  /** The consumer's reception of a transfer, in one of these states. */
  reaches(transfer: Transfer, ...states: readonly string[]): Promise<ShownReception>
  /** The received files as the consumer's admin API gives them, their digests compared with what it says of them. */
  read(reception: ShownReception): Promise<Readonly<Record<string, Buffer>>>
}

/** Transfer types of both services. */
const transferTypes = ['Compute-PULL', 'Compute-PUSH', { name: 'Compute-Now-PULL', start: 'sync' }, 'AmazonS3-PUSH']

/** Starts it all for the length of a test. */
export async function startTwoServices(
  t: ExecutionContext,
  environment: { readonly provider?: Record<string, string>; readonly consumer?: Record<string, string> } = {},
): Promise<TwoServices> {
  const pair = await startPair()
  t.teardown(() => pair.close())
  const workers = await temporaryFolder(t)
  let providerUrl = ''
  const proxy = await holdingProxy(t, () => providerUrl)
  const start = async (name: 'provider' | 'consumer', more: Record<string, string>): Promise<Entrypoint> => {
    const { signalingUrl, managementUrl, key: apiKey } = pair[name]
    const dialect = 'data-plane-signaling'
    const connector = { dialect, signalingUrl, managementUrl, apiKey, transferTypes, registrationInterval: '1s' }
    const entrypoint = await startEntrypoint({
      publicPort: 0,
      connector,
      environment: { ...localFlows(workers), ...more },
    })
    t.teardown(() => entrypoint.close())
    return entrypoint
  }
  const provider = await start('provider', { DSC_PUBLIC_URL: proxy.url, ...environment.provider })
  providerUrl = provider.publicUrl
  const consumer = await start('consumer', environment.consumer ?? {})
  for (const side of [pair.provider, pair.consumer])
    await eventually(`the registration with the ${side.name}`, () =>
      side.dataPlanes.all().length === 0 ? { pending: 'it is not there' } : { done: true },
    )
  const find = async (transfer: Transfer): Promise<ShownReception | undefined> => {
    const response = await fetch(`${consumer.adminUrl}/api/v1/receptions?process=${transfer.consumerId}`)
    return z.object({ receptions: z.array(receptionSchema) }).parse(await response.json()).receptions[0]
  }
  return {
    pair,
    provider,
    consumer,
    proxy,
    async offer(id, code, more = {}) {
      await mkdir(join(workers, id), { recursive: true })
      await writeFile(join(workers, id, 'work.mjs'), code)
      const response = await register(provider.adminUrl, { asset: computeAsset(id, more) })
      if (response.status !== 201) throw new Error(await response.text())
      pair.provider.offer({ assetId: id })
    },
    reaches: (transfer, ...states) =>
      eventually(
        `the reception to be ${states.join(' or ')}`,
        async () => {
          const found = await find(transfer).catch(() => undefined)
          const reason = transfer.atConsumer()?.errorDetail ?? ''
          const pending = `it is ${found?.state ?? 'unknown'} ${JSON.stringify(found?.failure)} ${reason}`
          return found !== undefined && states.includes(found.state) ? { done: found } : { pending }
        },
        { deadlineMs: 60_000 },
      ),
    async read({ id, content }) {
      const read: Record<string, Buffer> = {}
      for (const { path, sha256 } of content?.files ?? []) {
        const response = await fetch(`${consumer.adminUrl}/api/v1/receptions/${id}/files/${path}`)
        const bytes = Buffer.from(await response.arrayBuffer())
        if (response.status !== 200) throw new Error(`${path}: ${response.status} ${bytes.toString()}`)
        if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw new Error(`${path} is another file`)
        read[path] = bytes
      }
      return read
    },
  }
}
