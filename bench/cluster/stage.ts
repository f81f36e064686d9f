import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { ComputeAssetDocument } from '../../core/asset/schema.ts'
import { type SimulatedConnector, startSimulatedConnector } from '../../demo/simulated-connector/simulated-connector.ts'
import { serverOf, writeKubeconfig } from '../../test/kubernetes/kubeconfig.ts'
import { eventually } from '../../test/support/eventually.ts'
import { makeBucket } from '../frame/bucket.ts'
import { type LogLine, startServiceProcess } from '../frame/service-process.ts'
import type { Testbed } from '../frame/testbed.ts'
import { type Call, readCalls, recordingCalls } from './calls.ts'
import { countHandshakes } from './handshakes.ts'
import { makeNamespace } from './namespace.ts'

/** The service on the real cluster and the real object store, with everything it says to the API server looked at. */
export interface Stage {
  readonly namespace: string
  readonly connector: SimulatedConnector
  /** Everything that the service logged so far. */
  readonly log: readonly LogLine[]
  offer(asset: ComputeAssetDocument): Promise<void>
  /** When each job was first said to have come so far, by its id: milliseconds since 1970. */
  reached(message: string): ReadonlyMap<string, number>
  /** Waits until so many jobs have come so far. */
  untilReached(message: string, count: number, deadlineMs: number): Promise<void>
  calls(): Promise<readonly Call[]>
  /** TLS handshakes with the API server. */
  handshakes(): number
  close(): Promise<void>
}

/** Brings it up with a namespace and a bucket of its own. */
export async function startStage(testbed: Testbed, folder: string): Promise<Stage> {
  const { endpoint, accessKey, secretKey } = testbed.objectStore
  const undo: (() => Promise<void>)[] = []
  const close = async () => {
    for (const step of undo.toReversed()) await step()
  }
  try {
    const namespace = await makeNamespace(testbed.kubeconfig)
    undo.push(() => namespace.remove())
    const bucket = await makeBucket(testbed.objectStore)
    undo.push(() => bucket.remove())
    const relay = await countHandshakes(await serverOf(testbed.kubeconfig))
    undo.push(() => relay.close())
    const kubeconfig = join(folder, 'kubeconfig')
    await writeKubeconfig(testbed.kubeconfig, kubeconfig, { server: `https://127.0.0.1:${relay.port}` })
    const parts = { clock: { now: Date.now }, ids: { next: randomUUID } }
    const connector = await startSimulatedConnector({ ...parts, managementKey: randomUUID(), tickMs: 10 })
    undo.push(() => connector.close())
    const callsFile = join(folder, 'calls')
    const log: LogLine[] = []
    const service = await startServiceProcess({
      folder,
      connector: { managementUrl: connector.providerManagement, apiKey: connector.providerKey },
      environment: {
        ...recordingCalls(callsFile),
        DSC_BACKEND: 'kubernetes',
        KUBECONFIG: kubeconfig,
        DSC_KUBERNETES_NAMESPACE: namespace.name,
        DSC_SIDECAR_IMAGE: 'localhost/dataspace-compute-sidecar:dev',
        DSC_SIDECAR_PULL_POLICY: 'Never',
        DSC_SIDECAR_CPU: '200m', // so that several pods fit on a small node side by side
        S3_ENDPOINT: endpoint,
        S3_ACCESS_KEY: accessKey,
        S3_SECRET_KEY: secretKey,
        S3_BUCKET: bucket.name,
      },
      onLog: (line) => log.push(line),
    })
    undo.push(() => service.stop())
    const address = `${service.publicUrl}/connectors/provider`
    connector.serviceAt({ provisionUrl: `${address}/provision`, eventsUrl: `${address}/events` })
    const reached = (message: string) => {
      const found = log.filter((line) => line.message === message).map(({ jobId, at }) => [jobId ?? '', at] as const)
      return new Map(found.toReversed()) // the earliest of each job comes last and stays
    }
    return {
      namespace: namespace.name,
      connector,
      log,
      offer: (asset) => offer(service.adminUrl, asset),
      reached,
      async untilReached(message, count, deadlineMs) {
        const ask = () => {
          const { size } = reached(message)
          return size >= count ? { done: true } : { pending: `${size} are` }
        }
        await eventually(`${count} jobs to be “${message}”`, ask, { deadlineMs, pauseMs: 5 })
      },
      calls: () => readCalls(callsFile),
      handshakes: () => relay.counted(),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function offer(adminUrl: string, asset: ComputeAssetDocument): Promise<void> {
  const form = new FormData()
  form.append('asset', new Blob([JSON.stringify(asset)]), 'asset.json')
  const response = await fetch(`${adminUrl}/api/v1/assets`, { method: 'POST', body: form })
  if (response.status !== 201) throw new Error(`the asset was not registered: ${await response.text()}`)
}
