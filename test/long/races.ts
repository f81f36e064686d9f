import type { LongContext, LongOutcome, LongRun } from './frame/long-run.ts'
import { raceDuplicates } from './races/duplicates.ts'
import { raceForWork } from './races/work-race.ts'

/** How many rounds and transfers the full size has. */
const fullRounds = 1_000
const fullTransfers = 1_000

/** Twenty replicas on one PostgreSQL reach for the same work, and many copies of each message come at once. */
export const races: LongRun = {
  name: 'races',
  title: 'replicas race for work, and messages come twenty times over',
  needs: 'testbed',
  async run(context, { postgresUrl }) {
    if (postgresUrl === undefined)
      throw new Error('the environment names no PostgreSQL server: run testbed/postgres.sh up')
    return runRaces(context, postgresUrl)
  },
}

/** The same on a server that is given. */
export async function runRaces({ size, say }: Pick<LongContext, 'size' | 'say'>, server: string): Promise<LongOutcome> {
  const work = await raceForWork(server, Math.max(1, Math.round(fullRounds * size)), say)
  const duplicates = await raceDuplicates(server, Math.max(1, Math.round(fullTransfers * size)), say)
  return {
    figures: {
      ...Object.fromEntries(Object.entries(work.figures).map(([name, value]) => [`race: ${name}`, value])),
      ...Object.fromEntries(Object.entries(duplicates.figures).map(([name, value]) => [`duplicates: ${name}`, value])),
    },
    violations: [...work.violations, ...duplicates.violations],
  }
}
