import { randomUUID } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { type PairUnderTest, reaches, type Shown, type Side } from './pair-under-test.ts'
import type { Asset } from './protocol.ts'
import { type Received, type RecordingPlane, recordingPlane, statusMessage } from './recording-plane.ts'

/** A transfer between two recording data planes, of a type and an asset of its own. */
export interface Scene {
  readonly pair: PairUnderTest
  readonly type: string
  readonly assetId: string
  readonly providerPlane: RecordingPlane
  readonly consumerPlane: RecordingPlane
  /** Begins a transfer and waits for its `start`. */
  start(dataDestination?: Readonly<Record<string, string>>): Promise<Begun>
  reaches(side: Side, consumerId: string, state: string): Promise<Shown>
}

/** A transfer of which the provider's data plane has heard. */
export interface Begun {
  readonly consumerId: string
  readonly start: Received
}

/** Registers both data planes, offers an asset, and takes it all back when the test is over. */
export async function scene(
  t: ExecutionContext,
  pair: PairUnderTest,
  { asset = {}, flow = 'PULL' }: { asset?: Omit<Asset, 'assetId'>; flow?: 'PULL' | 'PUSH' } = {},
): Promise<Scene> {
  const type = `Claim${randomUUID().slice(0, 8)}-${flow}`
  const assetId = `asset-of-${type}`
  const [providerPlane, consumerPlane] = await Promise.all([recordingPlane(t), recordingPlane(t)])
  await pair.register('provider', providerPlane.registration([type], { labels: asset.labels ?? [] }))
  await pair.register('consumer', consumerPlane.registration([type]))
  t.teardown(async () => {
    await pair.unregister('provider', providerPlane.id)
    await pair.unregister('consumer', consumerPlane.id)
  })
  await pair.offer({ assetId, profiles: [type], ...asset })
  const heard = new Set<string>()
  return {
    pair,
    type,
    assetId,
    providerPlane,
    consumerPlane,
    reaches: (side, consumerId, state) => reaches(pair, side, consumerId, state),
    async start(dataDestination) {
      const begun = pair.request({
        assetId,
        transferType: type,
        ...(dataDestination === undefined ? {} : { dataDestination }),
      })
      const consumerId = await begun
      const start = await providerPlane.hears('start')
      if (heard.has(start.processId)) throw new Error('a scene starts one transfer')
      heard.add(start.processId)
      return { consumerId, start }
    },
  }
}

/** Starts asynchronously: the data plane answers STARTING. */
export function startsLater({ providerPlane }: Scene): void {
  providerPlane.answer('start', ({ processId }) => ({ status: 202, body: statusMessage(processId, 'STARTING') }))
}
