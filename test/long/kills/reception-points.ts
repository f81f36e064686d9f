import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { CrashPoint } from '../../../core/crash-point.ts'
import { startPair } from '../../dps/stand-in/pair.ts'
import type { LongContext, LongOutcome } from '../frame/long-run.ts'
import { chosenTries, crashAtEach, findingsOf, reachMs } from './crash-tries.ts'
import { type Random, seededRandom } from './random.ts'
import { judgeReceptions } from './judge-receptions.ts'
import { type ReceptionScene, settleReceptions } from './settle-receptions.ts'
import { removeReception } from './shown-receptions.ts'
import { localSurroundings } from './surroundings.ts'
import { startTrialProvider } from './trial-provider.ts'
import { trialService } from './trial-service.ts'

/** The places that only receptions come to. */
export const receptionPoints = [
  'reception-kept',
  'reception-signal-kept',
  'file-fetched',
  'file-taken',
  'reception-whole',
  'news-marked',
  'news-sent',
  'reception-erased',
] as const satisfies readonly CrashPoint[]

/** How often each is tried in the report that is kept. */
const timesEach = 5
/** The process ends at the first to the so many-th time that it comes to a place: in a first file and in a later one. */
const mostPasses = 3
/** How long a process stays leased that a callback has broken: EDC’s minute, shortened. Milliseconds. */
const leaseMs = 5_000
/** Between two requests of the consumer. Milliseconds. */
const requestMs = 250
const types = ['Compute-PULL', 'Compute-PUSH', 'Later-PULL', 'Later-PUSH'] as const
const assetId = 'any'

/**
 * The service, as the consumer's data plane, ends itself at each of these places, while results are pulled by it and pushed to it, transfers are
 * ended in the middle and received files removed. Each reception comes to its end, with the files of its transfer or with none, and the
 * control plane is told once.
 */
export async function crashReceptions({ seed, size, folder, say }: LongContext): Promise<LongOutcome> {
  const random = seededRandom(seed + 4)
  const own = join(folder, 'receptions')
  await mkdir(own, { recursive: true })
  const surroundings = await localSurroundings(own)
  const pair = await startPair({ leaseMs })
  const provider = await startTrialProvider()
  const { signalingUrl } = pair.consumer
  const transferTypes = types.map((name) => ({ name, start: name.startsWith('Later') ? 'async' : 'sync' }))
  const connector = { id: 'plane', dialect: 'data-plane-signaling', signalingUrl, transferTypes }
  const environment = { ...surroundings.environment, DSC_RECEIVE_HOSTS: '127.0.0.1' }
  const service = await trialService(own, connector, environment)
  const base = `${new URL(service.connectorUrl).origin}/dataplanes/plane/dataflows`
  const scene: ReceptionScene = { service, pair, base, transfers: [] }
  const tries = chosenTries(receptionPoints, { timesEach, fewest: 2, size }, random)
  try {
    pair.provider.offer({ assetId })
    pair.provider.register({ dataplaneId: 'provider', endpoint: provider.endpoint, transferTypes: types })
    pair.consumer.register({ dataplaneId: 'compute', endpoint: base, transferTypes: types })
    const tell = (line: string): void => say(`${line}, ${scene.transfers.length} receptions`)
    const places = tries.map((point) => `${point}:${1 + random.below(mostPasses)}`)
    const missed = await crashAtEach(service, places, () => reached(scene, random), tell)
    // What nobody disturbs is received.
    const undisturbed = types.map((transferType) => pair.request({ assetId, transferType }))
    scene.transfers.push(...undisturbed)
    const late = await settleReceptions(scene, undisturbed)
    const objects = join(surroundings.environment['DSC_OBJECT_DIRECTORY'] ?? '', 'received')
    const judged = await judgeReceptions({ ...scene, objects, crashes: tries.length, again: provider.again() })
    const violations = [...missed, ...late, ...judged, ...(await findingsOf(service))]
    await service.stop()
    return {
      figures: { crashes: tries.length, jobs: scene.transfers.length, places: new Set(tries).size },
      violations: violations.map((violation) => `${violation} (seed ${seed}, receptions)`),
    }
  } finally {
    await service.kill()
    await surroundings.close()
    await provider.close()
    await pair.close()
  }
}

/** Has results received, transfers ended and files removed, until the service has ended itself. */
async function reached({ service, pair, transfers }: ReceptionScene, random: Random): Promise<boolean> {
  const end = performance.now() + reachMs
  if (!(await service.ready())) return service.ended(1_000)
  for (let count = 0; performance.now() < end; count += 1) {
    const transferType = types[count % types.length] ?? types[0]
    transfers.push(pair.request({ assetId, transferType }))
    const old = random.pick(transfers)
    // The administrator of the consumer's side has had enough of one or another, be it begun just now; its operator needs others no more.
    if (count % 4 === 2)
      pair.consumer.terminate((random.chance(0.5) ? (transfers.at(-1) ?? old) : old).consumerId, 'enough')
    if (count % 3 === 2) await removeReception(service, random.pick(transfers).consumerId)
    if (await service.ended(requestMs)) return true
  }
  return false
}
