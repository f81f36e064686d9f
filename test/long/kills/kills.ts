import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Testbed } from '../../support/testbed.ts'
import type { LongContext, LongOutcome, LongRun } from '../frame/long-run.ts'
import { seededRandom } from './random.ts'
import { clusterSurroundings, localSurroundings, standInSurroundings, type Surroundings } from './surroundings.ts'
import { openTrial } from './trial.ts'
import { withPostgres } from './trial-database.ts'

/** Share of the kills with the state in PostgreSQL. There, what a service that is killed was at waits until its lease has run out. */
const onPostgres = 0.2
/** Kills in the report that is kept. */
const allKills = 500
/** The same on a real cluster, where a job takes seconds. */
const allClusterKills = 20
/** Mean time between the moment at which the service is ready and its end. Milliseconds. */
const meanMs = 1_500
const clusterMeanMs = 4_000
/** Kills that come while it starts. */
const duringStart = 0.1
const longestStartMs = 1_200
/** Kills between two checks of the running service. */
const checkEvery = 25

/** The service killed again and again in the middle of a mixed load. */
export const kills: LongRun = {
  name: 'kills',
  title: 'SIGKILL at random moments of a mixed load; nothing is lost, doubled or left',
  needs: 'testbed',
  async run(context, testbed) {
    const { postgresUrl } = testbed
    const share = postgresUrl === undefined ? 0 : onPostgres
    const onSqlite = await killOnStandIn(
      { ...context, size: context.size * (1 - share), folder: join(context.folder, 'sqlite') },
      testbed,
    )
    if (postgresUrl === undefined) return onSqlite
    const size = context.size * share
    const other = await killOnPostgres(
      { ...context, size, folder: join(context.folder, 'postgres') },
      testbed,
      postgresUrl,
    )
    return {
      figures: { ...onSqlite.figures, ...named('on PostgreSQL: ', other.figures) },
      violations: [...onSqlite.violations, ...other.violations],
    }
  },
}

/** The same on a real cluster, which is slow: a few kills. */
export const clusterKills: LongRun = {
  name: 'kills-cluster',
  title: 'SIGKILL at random moments of a mixed load, with the jobs on a real cluster',
  needs: 'testbed',
  async run(context, testbed) {
    const surroundings = await clusterSurroundings(testbed)
    return killIn(context, surroundings, { count: allClusterKills, meanMs: clusterMeanMs })
  },
}

/** On a cluster that is played, with a real object store: workers live on. */
export async function killOnStandIn(context: LongContext, testbed: Testbed): Promise<LongOutcome> {
  await mkdir(context.folder, { recursive: true })
  return killIn(context, await standInSurroundings(context.folder, testbed))
}

/** The same, with the state in PostgreSQL. */
async function killOnPostgres(context: LongContext, testbed: Testbed, server: string): Promise<LongOutcome> {
  await mkdir(context.folder, { recursive: true })
  return killIn(context, await withPostgres(await standInSurroundings(context.folder, testbed), server))
}

/** On the local backend: needs nothing, and the workers die with the service. */
export async function killLocally(context: LongContext): Promise<LongOutcome> {
  return killIn(context, await localSurroundings(context.folder))
}

async function killIn(
  { seed, size, folder, say }: LongContext,
  surroundings: Surroundings,
  full = { count: allKills, meanMs },
): Promise<LongOutcome> {
  const random = seededRandom(seed + 1)
  const count = Math.max(3, Math.round(full.count * size))
  const own = join(folder, 'trial')
  await mkdir(own, { recursive: true })
  const trial = await openTrial(own, surroundings, seed)
  const { service } = trial
  const starts: number[] = []
  const start = async (): Promise<void> => {
    const begun = performance.now()
    service.spawn()
    if (!(await service.ready())) throw new Error('the service ended by itself')
    starts.push(performance.now() - begun)
  }
  try {
    await start()
    await trial.prepare()
    trial.begin()
    for (let killed = 1; killed <= count; killed += 1) {
      await pause(random.exponential(full.meanMs))
      await service.kill()
      await trial.look()
      if (random.chance(duringStart)) {
        service.spawn()
        await pause(random.below(longestStartMs))
        await service.kill()
        killed += 1
      }
      await start()
      if (killed % 10 === 0) say(`${killed} of ${count} kills, ${await trial.store.jobs()} jobs`)
      if (killed % checkEvery === 0) await trial.check(`after ${killed} kills`)
    }
    const violations = await trial.finish()
    await service.stop()
    const slowest = Math.round(Math.max(...starts))
    const middle = Math.round(starts.toSorted((a, b) => a - b)[Math.floor(starts.length / 2)] ?? 0)
    return {
      figures: {
        kills: count,
        jobs: await trial.store.jobs(),
        transfers: trial.errands.length,
        messages: trial.connector.sent(),
        'ms until ready, median': middle,
        'ms until ready, most': slowest,
      },
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

function named(what: string, figures: LongOutcome['figures']): LongOutcome['figures'] {
  return Object.fromEntries(Object.entries(figures).map(([name, figure]) => [what + name, figure]))
}
