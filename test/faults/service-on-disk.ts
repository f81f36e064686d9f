import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { computeAsset, formOf } from '../http/forms.ts'
import { listJobs, startEntrypoint } from '../support/entrypoint.ts'
import { eventually } from '../support/eventually.ts'
import { startWaitingConnector } from './waiting-connector.ts'

/** The service as a process of its own on the local backend, with its files where a test wants them. */
export interface ServiceOnDisk {
  /** A connector's message about a transfer process; gives the status of the answer. */
  provision(processId: string): Promise<number>
  /** Every job with the process it is for. */
  jobs(): Promise<readonly { readonly processId: string; readonly state: string }[]>
  /** Waits until a process's job is in a state. */
  jobIs(processId: string, state: string): Promise<void>
  /** What the admin listener says of readiness. */
  ready(): Promise<{ readonly status: number; readonly checks: Readonly<Record<string, string>> }>
  /** Status of a path of the public listener. */
  ask(path: string): Promise<number>
  /** Registers another asset; gives the status of the answer. */
  registers(id: string): Promise<number>
  pid(): number
  start(): Promise<void>
  stop(): Promise<void>
  close(): Promise<void>
}

const readySchema = z.looseObject({ checks: z.record(z.string(), z.string()) })
const assetId = 'sum'

/**
 * Starts one.
 * @param places folder of the database, folder of the object store; each default is beside the test's other files
 */
export async function startServiceOnDisk(places: {
  readonly state?: string
  readonly objects?: string
}): Promise<ServiceOnDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'dsc-on-disk-'))
  const assets = join(folder, 'assets')
  await mkdir(join(assets, assetId), { recursive: true })
  await writeFile(
    join(assets, assetId, 'work.mjs'),
    "import { writeFileSync } from 'node:fs'; writeFileSync(process.env.OUTPUT_DIR + '/sum.txt', '42')",
  )
  const connector = await startWaitingConnector(assetId)
  const entrypoint = await startEntrypoint({
    publicPort: 0,
    connector: { managementUrl: connector.managementUrl, apiKey: connector.apiKey },
    environment: {
      DSC_BACKEND: 'local',
      DSC_OBJECT_STORE: 'directory',
      DSC_DATABASE: join(places.state ?? folder, 'state.db'),
      DSC_OBJECT_DIRECTORY: places.objects ?? join(folder, 'objects'),
      DSC_LOCAL_DIRECTORY: join(folder, 'work'),
      DSC_LOCAL_ASSETS: assets,
    },
  })
  const { adminUrl, publicUrl } = entrypoint
  const jobs = async () =>
    (await listJobs(adminUrl)).map(({ state, ...job }) => ({
      processId: typeof job['agreementId'] === 'string' ? job['agreementId'].replace('agreement-of-', '') : '',
      state,
    }))
  const service: ServiceOnDisk = {
    async provision(processId) {
      const response = await fetch(`${publicUrl}/connectors/provider/provision`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          type: 'provision',
          assetId,
          transferProcessId: processId,
          resourceDefinitionId: `definition-of-${processId}`,
          callbackAddress: `${connector.managementUrl}/callback`,
        }),
      })
      await response.arrayBuffer()
      return response.status
    },
    jobs,
    async jobIs(processId, state) {
      await eventually(`the job of ${processId} to be ${state}`, async () => {
        const found = (await jobs()).find((job) => job.processId === processId)
        return found?.state === state ? { done: undefined } : { pending: `it is ${found?.state}` }
      })
    },
    async ready() {
      const response = await fetch(`${adminUrl}/readyz`)
      const { checks } = readySchema.parse(await response.json())
      return { status: response.status, checks }
    },
    async ask(path) {
      const response = await fetch(publicUrl + path)
      await response.arrayBuffer()
      return response.status
    },
    async registers(id) {
      const body = formOf({ asset: computeAsset(id) })
      const response = await fetch(`${adminUrl}/api/v1/assets`, { method: 'POST', body })
      await response.arrayBuffer()
      return response.status
    },
    pid: () => entrypoint.pid() ?? 0,
    start: () => entrypoint.start(),
    async stop() {
      await entrypoint.stop()
    },
    async close() {
      await entrypoint.close()
      await connector.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
  if ((await service.registers(assetId)) !== 201) throw new Error('the asset was not registered')
  return service
}
