import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type CrashPoint, crashPoints } from '../../../core/crash-point.ts'
import type { Testbed } from '../../support/testbed.ts'
import type { LongContext, LongOutcome, LongRun } from '../frame/long-run.ts'
import { chosenTries } from './crash-tries.ts'
import type { ErrandKind } from './errands.ts'
import { seededRandom } from './random.ts'
import { crashFlows, flowPoints } from './flow-points.ts'
import { crashReceptions, receptionPoints } from './reception-points.ts'
import { localSurroundings, standInSurroundings, type Surroundings } from './surroundings.ts'
import { openTrial, type Trial } from './trial.ts'
import { withPostgres } from './trial-database.ts'

/** How often each place is tried in the report that is kept. */
const timesEach = 5
/** The process ends at the first to the so many-th time that it comes to a place; at those that few errands come to, at the first. */
const mostPasses = 3
/** How long it may take until the place is come to: many times longer than on an idle machine. Milliseconds. */
const reachMs = 180_000

/** Where a place is tried: some code runs only in one of the two. */
const onlyThere: Readonly<Partial<Record<CrashPoint, Surroundings['name']>>> = {
  'job-made': 'stand-in cluster',
  'config-map-made': 'stand-in cluster',
  'credentials-made': 'stand-in cluster',
  'secret-made': 'stand-in cluster',
  'job-released': 'stand-in cluster',
  'orphan-found': 'stand-in cluster',
  'orphan-removed': 'stand-in cluster',
  'directory-made': 'local',
  'worker-started': 'local',
  'files-sent': 'local',
  'manifest-made': 'local',
}

/** Places that few errands come to, and which ones do. */
const comeToBy: Readonly<Partial<Record<CrashPoint, ErrandKind>>> = {
  'stop-kept': 'overruns',
  'stop-sent': 'overruns',
  'log-kept': 'fails-once',
  'attempt-failed-kept': 'fails-once',
  'job-failed-kept': 'fails',
  'cancel-begun': 'cancelled',
  'cancel-kept': 'cancelled',
  'retry-begun': 'reported',
  'retry-kept': 'reported',
  'clear-up-stopping': 'walks-away',
  'clear-up-logs-kept': 'walks-away',
  'leftovers-removed': 'walks-away',
  'transfer-ended': 'walks-away',
}

/** The places that are tried in these surroundings: each is tried in one of them at least, or with data flows of one role or the other. */
export function pointsIn(name: Surroundings['name']): readonly CrashPoint[] {
  const ofFlows: ReadonlySet<string> = new Set([...flowPoints, ...receptionPoints])
  const all = Object.keys(crashPoints).filter(
    (point): point is CrashPoint => Object.hasOwn(crashPoints, point) && !ofFlows.has(point),
  )
  return all.filter((point) => (onlyThere[point] ?? 'stand-in cluster') === name)
}

/** The service ended at each named place of its code. */
export const crashPointRuns: LongRun = {
  name: 'crash-points',
  title: 'SIGKILL at every named place of the code; nothing is lost, doubled or left',
  needs: 'testbed',
  async run(context, testbed) {
    const local = await crashLocally({ ...context, folder: join(context.folder, 'local') })
    const standIn = await crashOnStandIn({ ...context, folder: join(context.folder, 'stand-in') }, testbed)
    const flows = await crashFlows({ ...context, folder: join(context.folder, 'flows') })
    const receptions = await crashReceptions({ ...context, folder: join(context.folder, 'receptions') })
    const { postgresUrl } = testbed
    const postgres =
      postgresUrl === undefined
        ? undefined
        : await crashOnPostgres({ ...context, folder: join(context.folder, 'postgres') }, testbed, postgresUrl)
    const all = [local, standIn, flows, receptions, ...(postgres === undefined ? [] : [postgres])]
    const sum = (name: string): number => all.reduce((total, { figures }) => total + Number(figures[name]), 0)
    return {
      figures: {
        // The places on PostgreSQL are among the others.
        places: sum('places') - Number(postgres?.figures['places'] ?? 0),
        crashes: sum('crashes'),
        'of these on PostgreSQL': Number(postgres?.figures['crashes'] ?? 0),
        jobs: sum('jobs'),
      },
      violations: all.flatMap(({ violations }) => violations),
    }
  },
}

/** The places of the engine and of the Kubernetes backend. */
export async function crashOnStandIn(context: LongContext, testbed: Testbed): Promise<LongOutcome> {
  await mkdir(context.folder, { recursive: true })
  return crashIn(context, await standInSurroundings(context.folder, testbed))
}

/** The same places once each, with the state in PostgreSQL. */
async function crashOnPostgres(context: LongContext, testbed: Testbed, server: string): Promise<LongOutcome> {
  await mkdir(context.folder, { recursive: true })
  return crashIn(context, await withPostgres(await standInSurroundings(context.folder, testbed), server), 1)
}

/** The places of the local backend, in which the data sidecar's code runs too. */
export async function crashLocally(context: LongContext): Promise<LongOutcome> {
  await mkdir(context.folder, { recursive: true })
  return crashIn(context, await localSurroundings(context.folder))
}

async function crashIn(
  { seed, size, folder, say }: LongContext,
  surroundings: Surroundings,
  times = timesEach,
): Promise<LongOutcome> {
  const random = seededRandom(seed + 2)
  const points = pointsIn(surroundings.name)
  const tries = chosenTries(points, { timesEach: times, fewest: 3, size }, random)
  const own = join(folder, 'trial')
  await mkdir(own, { recursive: true })
  const trial = await openTrial(own, surroundings, seed)
  const { service } = trial
  const violations: string[] = []
  try {
    service.spawn()
    if (!(await service.ready())) throw new Error('the service ended by itself')
    await trial.prepare()
    trial.begin()
    await service.kill()
    let crashes = 0
    for (const [index, point] of tries.entries()) {
      const passes = comeToBy[point] === undefined ? 1 + random.below(mostPasses) : 1
      trial.want(comeToBy[point])
      service.spawn(`${point}:${passes}`)
      if (await reached(trial, point)) crashes += 1
      else {
        violations.push(`the place ${point} was not come to ${passes} times within ${reachMs} ms`)
        await service.kill()
      }
      await trial.look()
      if ((index + 1) % 10 === 0) say(`${index + 1} of ${tries.length} crashes, ${await trial.store.jobs()} jobs`)
    }
    trial.want(undefined)
    service.spawn()
    if (!(await service.ready())) throw new Error('the service ended by itself')
    violations.push(...(await trial.finish()))
    await service.stop()
    return {
      figures: { crashes, jobs: await trial.store.jobs(), places: new Set(tries).size },
      violations: violations.map(
        (violation) =>
          `${violation} (seed ${seed}, ${surroundings.name}${surroundings.readRows === undefined ? '' : ', PostgreSQL'})`,
      ),
    }
  } finally {
    await trial.close()
    await surroundings.close()
  }
}

/** Waits until the service has ended itself; what only operators bring about is done meanwhile. */
async function reached(trial: Trial, point: CrashPoint): Promise<boolean> {
  const end = performance.now() + reachMs
  while (performance.now() < end) {
    if (point === 'bundle-kept' || point === 'asset-kept') await trial.registerAgain()
    if (point === 'orphan-found' || point === 'orphan-removed') await trial.plantOrphan()
    if (await trial.service.ended(300)) return true
  }
  return false
}
