import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { ComputeAssetDocument } from '../../core/asset/schema.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { openSqliteStore } from '../../entrypoint/stores/sqlite.ts'
import { computeAsset, register } from '../http/forms.ts'
import { Dataspace } from '../support/dataspace.ts'
import type { EdcProcess } from '../support/edc-process.ts'
import { type Entrypoint, startEntrypoint } from '../support/entrypoint.ts'
import { localFlows } from '../support/local-flows.ts'
import type { Testbed } from '../support/testbed.ts'
import { managementAt, placeEdcPair, startOwnEdcPair } from './own-edc-pair.ts'
import { startWire, type Wire } from '../failures/wire.ts'

/** The service beside a provider that may be paused and killed. Its workers are processes of this machine: what matters here is the connector. */
export interface EdcStage {
  readonly entrypoint: Entrypoint
  readonly dataspace: Dataspace
  readonly provider: EdcProcess
  /** Between both: the connector's messages and events, and our callbacks. All other calls of ours go to the connector itself. */
  readonly wire: Wire
  /** Registers an asset with a worker, and offers it in the provider's catalogue. */
  offer(id: string, code: string, more?: Partial<ComputeAssetDocument>): Promise<void>
  /** Offers what was registered once more: a provider that was killed has forgotten everything. */
  offerAgain(id: string): Promise<void>
  /** The transfers of a process of the provider's, as the service has them on record. */
  transfersOf(processId: string): Promise<readonly Transfer[]>
  /** What `dsc check --connectors --digests` finds. */
  findings(): Promise<readonly string[]>
  close(): Promise<void>
}

const reportSchema = z.object({
  findings: z.array(z.looseObject({ rule: z.string(), about: z.string(), message: z.string() })),
})

/** Starts it all. */
export async function startEdcStage(testbed: Testbed): Promise<EdcStage> {
  const places = await placeEdcPair()
  const managementUrl = managementAt(places.provider)
  const workers = await mkdtemp(join(tmpdir(), 'dsc-workers-'))
  let service = ''
  const wire = await startWire({ connector: new URL(managementUrl).origin, service: () => service })
  const pair = await startOwnEdcPair(testbed, places, wire.origin)
  const entrypoint = await startEntrypoint({
    publicPort: 0,
    connector: { managementUrl, apiKey: places.provider.key, callbackAddress: `${wire.origin}/management/callback` },
    environment: localFlows(workers),
  })
  service = entrypoint.publicUrl
  const dataspace = new Dataspace(pair.pair)
  return {
    entrypoint,
    dataspace,
    provider: pair.provider,
    wire,
    async offer(id, code, more = {}) {
      await mkdir(join(workers, id), { recursive: true })
      await writeFile(join(workers, id, 'work.mjs'), code)
      const response = await register(entrypoint.adminUrl, { asset: computeAsset(id, more) })
      if (response.status !== 201) throw new Error(await response.text())
      await dataspace.publish({ assetId: id })
    },
    offerAgain: (id) => dataspace.publish({ assetId: id }),
    async transfersOf(processId) {
      const store = openSqliteStore(join(entrypoint.folder, 'state.db'), { next: () => 'unused' })
      try {
        return await store.transfersOfProcess('provider', processId)
      } finally {
        await store.close()
      }
    },
    async findings() {
      const response = await fetch(`${entrypoint.adminUrl}/api/v1/checks`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ digests: true, connectors: true }),
      })
      const { findings } = reportSchema.parse(await response.json())
      return findings.map(({ rule, about, message }) => `${rule} ${about}: ${message}`)
    },
    async close() {
      pair.provider.resume()
      await entrypoint.close()
      await pair.close()
      await wire.close()
      await rm(workers, { recursive: true, force: true })
    },
  }
}
