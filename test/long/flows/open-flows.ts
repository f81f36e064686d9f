import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Pair, startPair, type Transfer } from '../../dps/stand-in/pair.ts'
import { eventually } from '../../support/eventually.ts'
import type { Testbed } from '../../support/testbed.ts'
import type { LongContext, LongOutcome, LongRun } from '../frame/long-run.ts'
import { seededRandom } from '../kills/random.ts'
import { standInSurroundings } from '../kills/surroundings.ts'
import { registerTrialAsset, trialAssets } from '../kills/trial-assets.ts'
import { trialService } from '../kills/trial-service.ts'
import { openConsumer } from './open-consumer.ts'

/** Flows in the report that is kept. */
const allFlows = 1_000
const allKills = 10
/** Mean time between the moment at which the service is ready and its end. Milliseconds. */
const meanMs = 3_000
/** How long all of them may take until they are started. Milliseconds. */
const quietMs = 900_000
const transferType = 'Compute-PULL'

/** Many asynchronous flows of Data Plane Signaling are open while the service is killed again and again. */
export const openFlows = {
  name: 'open-flows',
  title: 'SIGKILL while 1,000 asynchronous flows are open; each is started exactly once',
  needs: 'testbed',
  run: killWithOpenFlows,
} as const satisfies LongRun

/** The run itself; `size` is the share of 1,000 flows. */
async function killWithOpenFlows({ seed, size, folder, say }: LongContext, testbed: Testbed): Promise<LongOutcome> {
  const random = seededRandom(seed)
  const count = Math.max(20, Math.round(allFlows * size))
  const kills = Math.max(2, Math.round(allKills * size))
  const own = join(folder, 'flows')
  await mkdir(own, { recursive: true })
  const pair = await startPair()
  const consumer = await openConsumer()
  const surroundings = await standInSurroundings(folder, testbed)
  const { signalingUrl, managementUrl, key: apiKey } = pair.provider
  const connector = { dialect: 'data-plane-signaling', signalingUrl, managementUrl, apiKey }
  const service = await trialService(own, connector, surroundings.environment)
  const start = async (): Promise<void> => {
    service.spawn()
    if (!(await service.ready())) throw new Error('the service ended by itself')
  }
  try {
    pair.consumer.register({ dataplaneId: 'consumer', endpoint: consumer.endpoint, transferTypes: [transferType] })
    await start()
    const [asset] = trialAssets
    const status = await registerTrialAsset(service.adminUrl, asset, '1.0.0')
    if (status !== 201) throw new Error(`the asset was not registered: ${status}`)
    pair.provider.offer({ assetId: asset.id })
    await eventually('the service to register itself', () =>
      pair.provider.dataPlanes.all().length === 0 ? { pending: 'it has not' } : { done: undefined },
    )
    const transfers = await open(pair, asset.id, count)
    say(`${count} flows are open`)
    for (let killed = 1; killed <= kills; killed += 1) {
      await pause(random.exponential(meanMs))
      await service.kill()
      await start()
      const started = transfers.filter((transfer) => transfer.atProvider()?.state === 'STARTED').length
      say(`${killed} of ${kills} kills, ${started} flows started`)
    }
    await allStarted(transfers)
    const violations = [...(await oneStartEach(pair, transfers)), ...surroundings.violations()]
    await service.stop()
    const repeated = pair.provider.ledger.callbacks.filter(({ effect }) => effect === 'repeated').length
    return {
      figures: { flows: count, kills, 'callbacks that came again before they had counted': repeated },
      violations: violations.map((violation) => `${violation} (seed ${seed})`),
    }
  } finally {
    await service.kill()
    await surroundings.close()
    await consumer.close()
    await pair.close()
  }
}

/** Has the consumer ask for transfers, and waits until the service has taken all of them. */
async function open(pair: Pair, assetId: string, count: number): Promise<readonly Transfer[]> {
  const transfers: Transfer[] = []
  for (let index = 0; index < count; index += 1) {
    const parameters = { WORK_MS: 50, TEXT: randomUUID() }
    const dataDestination = { type: 'ComputeInput', params: JSON.stringify(parameters) }
    const transfer = pair.request({ assetId, transferType, dataDestination })
    transfers.push(transfer)
    if (index % 50 === 49) await transfer.providerId()
  }
  for (const transfer of transfers)
    await pair.provider.reaches(await transfer.providerId(), ['STARTUP_REQUESTED', 'STARTED'], 120_000)
  return transfers
}

async function allStarted(transfers: readonly Transfer[]): Promise<void> {
  await eventually(
    'every flow to be started',
    () => {
      const states = transfers.map((transfer) => transfer.atConsumer()?.state ?? 'unknown')
      const others = states.filter((state) => state !== 'STARTED')
      return others.length === 0
        ? { done: undefined }
        : { pending: `${others.length} are not: ${[...new Set(others)].join(', ')}` }
    },
    { deadlineMs: quietMs, pauseMs: 250 },
  )
}

/** What went wrong with callbacks: each flow wants one that changed it, and none that the control plane choked on. */
async function oneStartEach({ provider }: Pair, transfers: readonly Transfer[]): Promise<string[]> {
  const violations: string[] = []
  for (const transfer of transfers) {
    const processId = await transfer.providerId()
    const took = provider.ledger.count(processId, 'started', 'changed')
    const broke = provider.ledger.count(processId, 'started', 'broken')
    if (took !== 1 || broke !== 0)
      violations.push(`the flow ${processId} was started ${took} times, and ${broke} callbacks came too late`)
  }
  return violations
}
