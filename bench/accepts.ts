import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { assertKept } from './accepts/assert-kept.ts'
import { bareAppends, bareTransactions } from './accepts/limits.ts'
import { postRound, type Posted, sampleMessage } from './accepts/post-round.ts'
import type { Benchmark, Context, Measured } from './frame/benchmark.ts'
import { databaseName } from './frame/service-process.ts'
import { median, samplesOf } from './frame/statistics.ts'

/** How fast the service takes provision messages: each is on disk before its answer. */
export const accepts: Benchmark = {
  name: 'accepts',
  title: 'durable accepts through the public listener, 32 messages in flight',
  needs: 'nothing',
  run: measure,
}

interface Round extends Posted {
  readonly appends: number
  readonly transactions: number
}

async function measure({ folder, quick, say }: Context): Promise<Measured> {
  const count = quick ? 64 : 2_000
  const rounds: Round[] = []
  for (let number = 0; number < (quick ? 1 : 5); number++) {
    const round = await measureRound(join(folder, String(number)), count)
    const [rate, limit] = [round.perSecond, round.transactions].map(Math.round)
    say(`${rate} accepts/s beside ${limit} bare transactions/s and ${Math.round(round.appends)} bare appends/s`)
    rounds.push(round)
  }
  const latencies = samplesOf(rounds.flatMap((round) => round.latencies))
  const perSecond = samplesOf(rounds.map((round) => round.perSecond))
  const of = (pick: (round: Round) => number) => median(rounds.map(pick))
  return {
    figures: [
      {
        what: 'durable accepts',
        value: perSecond.p50,
        unit: '/s',
        samples: perSecond,
        aim: { kind: 'at-least', value: 200 },
        beside: { what: 'bare SQLite transactions', value: of(({ transactions }) => transactions) },
      },
      {
        what: 'durable accepts',
        value: perSecond.p50,
        unit: '/s',
        samples: perSecond,
        beside: { what: 'bare synchronised appends', value: of(({ appends }) => appends) },
      },
      {
        what: 'time to the answer, p99',
        value: latencies.p99,
        unit: 'ms',
        samples: latencies,
        aim: { kind: 'at-most', value: 100 },
      },
    ],
    notes: [
      `rounds: ${rounds.length}, of ${count} messages, each with a new database; before each round the limits, on the same disk, one after the other`,
      'beside accepting, the service verifies with the connector what it accepted, which costs further transactions',
      'after each round another process must find every job that was answered for in the database',
    ],
  }
}

async function measureRound(folder: string, count: number): Promise<Round> {
  await mkdir(folder, { recursive: true })
  const appends = bareAppends(folder, sampleMessage, count)
  const transactions = bareTransactions(folder, sampleMessage, count)
  const posted = await postRound({
    folder,
    count,
    environment: {},
    assertKept: async (expected) => assertKept(join(folder, databaseName), expected),
  })
  return { ...posted, appends, transactions }
}
