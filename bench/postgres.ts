import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { postRound, sampleMessage } from './accepts/post-round.ts'
import type { Benchmark, Context, Measured } from './frame/benchmark.ts'
import { median, samplesOf } from './frame/statistics.ts'
import type { Testbed } from './frame/testbed.ts'
import { drain } from './postgres/drain.ts'
import { readyAfter } from './postgres/ready-after.ts'
import { bareTransactions, makeSchema } from './postgres/schema.ts'

const MiB = 2 ** 20

/** What the service does on PostgreSQL in place of SQLite. */
export const postgres: Benchmark = {
  name: 'postgres',
  title:
    'the service on PostgreSQL: accepts with 32 messages in flight, a queue that is drained, a start with many jobs',
  needs: 'testbed',
  run: measure,
}

async function measure({ folder, quick, say }: Context, { postgresUrl }: Testbed): Promise<Measured> {
  if (postgresUrl === undefined)
    throw new Error('the environment names no PostgreSQL server: run testbed/postgres.sh up')
  const count = quick ? 64 : 2_000
  const rounds: { perSecond: number; latencies: readonly number[]; bare: number }[] = []
  for (let number = 0; number < (quick ? 1 : 5); number++) {
    const round = await acceptRound(postgresUrl, join(folder, `accepts-${number}`), count)
    say(`${Math.round(round.perSecond)} accepts/s beside ${Math.round(round.bare)} bare transactions/s`)
    rounds.push(round)
  }
  const queued = quick ? 50 : 10_000
  const drained = await inSchema(postgresUrl, (schema) => drain(join(folder, 'drain'), schema, queued, say))
  say(`drained in ${Math.round(drained.seconds)} s`)
  const open = quick ? 20 : 10_000
  const running = open / 10
  const ready: number[] = []
  await inSchema(postgresUrl, async (schema) => {
    for (let number = 0; number < (quick ? 1 : 3); number++) {
      const seed = number === 0 ? { over: 0, running, queued: open - running } : undefined
      ready.push(await readyAfter(join(folder, `ready-${number}`), schema, seed))
      say(`ready after ${Math.round(ready.at(-1) ?? 0)} ms`)
    }
  })
  const latencies = samplesOf(rounds.flatMap((round) => round.latencies))
  const perSecond = samplesOf(rounds.map((round) => round.perSecond))
  const readySeconds = samplesOf(ready.map((milliseconds) => milliseconds / 1000))
  return {
    figures: [
      {
        what: 'durable accepts on PostgreSQL',
        value: perSecond.p50,
        unit: '/s',
        samples: perSecond,
        aim: { kind: 'at-least', value: 500 },
        beside: { what: 'bare transactions, 10 at a time', value: median(rounds.map(({ bare }) => bare)) },
      },
      {
        what: 'time to the answer on PostgreSQL, p99',
        value: latencies.p99,
        unit: 'ms',
        samples: latencies,
        aim: { kind: 'at-most', value: 100 },
      },
      {
        what: `${queued} queued jobs drained on PostgreSQL`,
        value: drained.seconds,
        unit: 's',
        aim: { kind: 'at-most', value: 300 },
      },
      {
        what: `ready on PostgreSQL with ${open} open jobs`,
        value: readySeconds.p50,
        unit: 's',
        samples: readySeconds,
        aim: { kind: 'at-most', value: 5 },
      },
    ],
    notes: [
      `accepts: ${rounds.length} rounds of ${count} messages, each in a new schema; PostgreSQL 15 with fsync and synchronous_commit on the same two cores and the same disk as everything else`,
      'after each round PostgreSQL itself must hold every job that was answered for',
      `drain: ${queued} jobs of 100 consumers; each is launched, settled, told to its connector and cleared up. Backend and object store are stand-ins inside the service’s process, the connector is a process of the benchmark; it was asked ${drained.asked} times. The service took at most ${Math.round(drained.peakBytes / MiB)} MiB`,
      `ready: ${running} of the ${open} jobs run and have pods, on a stand-in API server`,
    ],
  }
}

async function acceptRound(server: string, folder: string, count: number) {
  return inSchema(server, async (schema) => {
    await mkdir(folder, { recursive: true })
    const bare = await bareTransactions(schema, sampleMessage, count)
    const posted = await postRound({
      folder,
      count,
      environment: { DSC_DATABASE_URL: schema.url },
      async assertKept(expected) {
        const [row] = await schema.query('SELECT count(*)::integer AS kept FROM jobs')
        if (row?.['kept'] !== expected)
          throw new Error(`the database holds ${String(row?.['kept'])} jobs, and ${expected} were answered for`)
      },
    })
    return { ...posted, bare }
  })
}

async function inSchema<T>(
  server: string,
  run: (schema: Awaited<ReturnType<typeof makeSchema>>) => Promise<T>,
): Promise<T> {
  const schema = await makeSchema(server)
  try {
    return await run(schema)
  } finally {
    await schema.drop()
  }
}
