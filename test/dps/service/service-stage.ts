import type { ExecutionContext } from 'ava'
import type { SignalingSettings } from '../../../config/signaling.ts'
import type { ComputeAssetDocument } from '../../../core/asset/schema.ts'
import type { Transfer } from '../../../core/transfer/transfer.ts'
import { computeAsset, register } from '../../http/forms.ts'
import { type Stage, startStage, writeWorker } from '../../http/stage.ts'
import { eventually } from '../../support/eventually.ts'
import type { ControlPlaneOptions } from '../stand-in/control-plane.ts'
import { type Pair, startPair, type Transfer as Requested } from '../stand-in/pair.ts'
import { recordingPlane, type RecordingPlane } from '../stand-in/recording-plane.ts'

/** Transfer types of the service under test: what the asset offers decides, or the name does. */
const types = ['Compute-PULL', 'Compute-Now-PULL', 'Compute-PUSH', 'Compute-Now-PUSH'] as const

/** How long a step may take on a busy machine, in milliseconds. */
export const patienceMs = 90_000

/** Our data plane's id with the control plane. */
export const dataPlaneId = 'compute-under-test'

/** The service as a data plane of a stand-in pair of control planes, with a data plane of the consumer that does as it is told. */
export interface ServiceStage {
  readonly stage: Stage
  readonly pair: Pair
  readonly sink: RecordingPlane
  /** Base address of our data plane, without `/dataflows`. */
  readonly base: string
  /** Registers an asset with a worker, and offers it in the provider's catalogue. */
  offer(id: string, code: string, more?: Partial<ComputeAssetDocument>): Promise<void>
  /** The transfer of a request, as the service keeps it. */
  transferOf(requested: Requested): Promise<Transfer>
  /** Waits until it is in one of these states. */
  until(requested: Requested, ...states: readonly Transfer['state'][]): Promise<Transfer>
}

/** What a test sets otherwise. */
export interface StageOptions {
  readonly settings?: Partial<SignalingSettings>
  readonly environment?: Readonly<Record<string, string>>
  readonly pair?: ControlPlaneOptions
  /** What the registration says of authorization. */
  readonly authorization?: NonNullable<SignalingSettings['registration']>['authorization']
  /** The Management API is not configured. */
  readonly silent?: boolean
}

/** A worker that writes a sum. */
export const writesSum = `import { writeFileSync } from 'node:fs'\nwriteFileSync(process.env.OUTPUT_DIR + '/sum.txt', '42')`
/** A worker that waits until a file is there that the test makes. */
export function waitsFor(path: string): string {
  return `import { existsSync } from 'node:fs'\nwhile (!existsSync(${JSON.stringify(path)})) await new Promise((resolve) => setTimeout(resolve, 20))\n${writesSum}`
}

/** Starts it all for the length of a test. */
export async function startServiceStage(t: ExecutionContext, options: StageOptions = {}): Promise<ServiceStage> {
  const pair = await startPair(options.pair)
  const { provider, consumer } = pair
  const settings: SignalingSettings = {
    id: 'plane',
    dialect: 'data-plane-signaling',
    form: 'plain',
    dataPlaneId,
    signalingUrl: provider.signalingUrl,
    callbackAddresses: [],
    ...(options.silent === true
      ? {}
      : { management: { url: provider.managementUrl, version: 'v4', apiKey: provider.key } }),
    profiles: types.map((name) => (name.includes('Now') ? { name, start: 'sync' } : { name })),
    sourceTypes: ['ComputeAsset'],
    labels: [],
    ...(options.silent === true
      ? {}
      : {
          registration: {
            url: `${provider.managementUrl}/v4`,
            everyMs: 200,
            ...(options.authorization === undefined ? {} : { authorization: options.authorization }),
          },
        }),
    tokens: {},
    strict: false,
    ...options.settings,
  }
  const stage = await startStage({ DSC_IDLE_POLL_INTERVAL: '300ms', ...options.environment }, [settings])
  t.teardown(async () => {
    await stage.close()
    await pair.close()
  })
  const sink = await recordingPlane(t)
  consumer.register(sink.registration(types))
  const base = `${stage.publicUrl}/dataplanes/plane`
  if (settings.registration === undefined)
    provider.register({ dataplaneId: dataPlaneId, endpoint: `${base}/dataflows`, transferTypes: types })
  else
    await eventually('the registration', () =>
      provider.dataPlanes.find(dataPlaneId) === undefined ? { pending: 'it is not there' } : { done: true },
    )
  const transferOf = async (requested: Requested): Promise<Transfer> => {
    const processId = await requested.providerId()
    return eventually('the transfer', async () => {
      const [transfer] = await stage.store.transfersOfProcess('plane', processId)
      return transfer === undefined ? { pending: 'it is not there' } : { done: transfer }
    })
  }
  return {
    stage,
    pair,
    sink,
    base,
    async offer(id, code, more = {}) {
      await writeWorker(stage, id, code)
      const response = await register(stage.adminUrl, { asset: computeAsset(id, more) })
      if (response.status !== 201) throw new Error(await response.text())
      provider.offer({ assetId: id })
    },
    transferOf,
    until: (requested, ...states) =>
      eventually(
        `the transfer to be ${states.join(' or ')}`,
        async () => {
          const transfer = await transferOf(requested)
          return states.includes(transfer.state) ? { done: transfer } : { pending: `it is ${transfer.state}` }
        },
        { deadlineMs: patienceMs },
      ),
  }
}

/** Address and token of a data address as the consumer's data plane got it. */
export function readAddress(body: Readonly<Record<string, unknown>>): { readonly url: string; readonly token: string } {
  const address = body['dataAddress'] as {
    endpoint: string
    endpointProperties: readonly { name: string; value: string }[]
  }
  const token = address.endpointProperties.find(({ name }) => name === 'authorization')?.value ?? ''
  return { url: address.endpoint, token }
}

/** Fetches from a result's address. */
export function fetchResult(url: string, token: string): Promise<Response> {
  return fetch(url, { headers: { Authorization: `Bearer ${token}` } })
}
