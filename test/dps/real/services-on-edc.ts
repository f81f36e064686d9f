import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { ComputeAssetDocument } from '../../../core/asset/schema.ts'
import { publicationAt, published, type PublishingScene } from '../../e2e/published.ts'
import { computeAsset, register } from '../../http/forms.ts'
import { type Entrypoint, startEntrypoint } from '../../support/entrypoint.ts'
import { eventually } from '../../support/eventually.ts'
import { localFlows } from '../../support/local-flows.ts'
import type { Side } from '../stand-in/pair-under-test.ts'
import type { EdcConnector } from './edc-connector.ts'

const receptions = z.object({
  receptions: z.array(
    z.looseObject({
      id: z.string(),
      state: z.string(),
      failure: z.looseObject({ message: z.string() }).nullable(),
      content: z
        .looseObject({
          files: z.array(z.looseObject({ path: z.string(), sha256: z.string() })),
          verifiedBy: z.string(),
        })
        .nullable(),
    }),
  ),
})
type Reception = z.output<typeof receptions>['receptions'][number]

/** Transfer types of both services. For those of the sink, a data plane of the test's own stands in for the consumer's service. */
const transferTypes = ['Compute-PULL', 'Compute-PUSH', { name: 'Compute-Now-PULL', start: 'sync' }] as const
export const sinkTypes = { asynchronous: 'Sink-PULL', synchronous: 'Sink-Now-PULL' } as const

/** This service as the data plane of a provider and of a consumer, both with control planes of EDC 0.18. */
export interface ServicesOnEdc {
  readonly provider: Entrypoint
  readonly consumer: Entrypoint
  /** Registers an asset with a worker at the provider's service. */
  register(id: string, code: string, more?: Partial<ComputeAssetDocument>): Promise<void>
  /** Calls of its admin API at the asset's publication. */
  publication(id: string): Pick<PublishingScene, 'call'>
  /** Registers an asset with a worker, and publishes it in the provider's catalogue. */
  offer(id: string, code: string, more?: Partial<ComputeAssetDocument>): Promise<void>
  /** What the consumer's service received of a transfer, once that is over. */
  received(consumerId: string): Promise<Reception>
  /** A received file, its digest compared. */
  read(reception: Reception, path: string): Promise<string>
  close(): Promise<void>
}

/**
 * Starts both. Their registration is theirs to make; it is waited for by whoever asks for a transfer.
 * @param signalingUrl where the provider's service sends its callbacks, if not to the connector itself
 */
export async function startServicesOnEdc(
  connectors: Readonly<Record<Side, EdcConnector>>,
  signalingUrl?: string,
): Promise<ServicesOnEdc> {
  const workers = await mkdtemp(join(tmpdir(), 'edc18-workers-'))
  const start = (side: Side): Promise<Entrypoint> => {
    const { signalingUrl: ownUrl, managementUrl, key: apiKey } = connectors[side]
    const sinks = [sinkTypes.asynchronous, { name: sinkTypes.synchronous, start: 'sync' }]
    const connector = {
      dialect: 'data-plane-signaling',
      signalingUrl: side === 'provider' ? (signalingUrl ?? ownUrl) : ownUrl,
      callbackAddresses: [ownUrl],
      managementUrl,
      apiKey,
      dataPlaneId: `service-of-the-${side}`,
      transferTypes: [...transferTypes, ...(side === 'provider' ? sinks : [])],
      registrationInterval: '1s',
    }
    return startEntrypoint({
      publicPort: 0,
      connector,
      environment: localFlows(workers),
    })
  }
  const [provider, consumer] = await Promise.all([start('provider'), start('consumer')])
  const registered: ServicesOnEdc['register'] = async (id, code, more = {}) => {
    await mkdir(join(workers, id), { recursive: true })
    await writeFile(join(workers, id, 'work.mjs'), code)
    const response = await register(provider.adminUrl, { asset: computeAsset(id, more) })
    if (response.status !== 201) throw new Error(await response.text())
  }
  const publication: ServicesOnEdc['publication'] = (id) => publicationAt(provider.adminUrl, id)
  return {
    provider,
    consumer,
    register: registered,
    publication,
    async offer(id, code, more) {
      await registered(id, code, more)
      await published(publication(id))
    },
    received: (consumerId) =>
      eventually(
        `the reception of ${consumerId}`,
        async () => {
          const response = await fetch(`${consumer.adminUrl}/api/v1/receptions?process=${consumerId}`)
          const [found] = receptions.parse(await response.json()).receptions
          if (found?.state === 'received' || found?.state === 'failed') return { done: found }
          return { pending: `it is ${found?.state ?? 'unknown'}` }
        },
        { deadlineMs: 90_000, pauseMs: 100 },
      ),
    async read({ id, content }, path) {
      const response = await fetch(`${consumer.adminUrl}/api/v1/receptions/${id}/files/${path}`)
      const bytes = Buffer.from(await response.arrayBuffer())
      const digest = createHash('sha256').update(bytes).digest('hex')
      if (digest !== content?.files.find((file) => file.path === path)?.sha256)
        throw new Error(`${path} is another file: ${response.status}`)
      return bytes.toString()
    },
    async close() {
      await Promise.all([provider.close(), consumer.close()])
      await rm(workers, { recursive: true })
    },
  }
}
