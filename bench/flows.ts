import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { bareTransactions } from './accepts/limits.ts'
import { sampleMessage, startRound, type Started } from './flows/start-round.ts'
import type { Benchmark, Context, Measured } from './frame/benchmark.ts'
import { samplesOf } from './frame/statistics.ts'

/** How many flows are under way before anything is measured. */
const underWay = 200

/** How fast synchronous starts of Data Plane Signaling are answered: each is on disk before its answer, which carries the address. */
export const flows: Benchmark = {
  name: 'flows',
  title: `synchronous starts of Data Plane Signaling, with ${underWay} flows under way`,
  needs: 'nothing',
  run: measure,
}

async function measure({ folder, quick, say }: Context): Promise<Measured> {
  const count = quick ? 64 : 2_000
  const rounds: (Started & { readonly transactionMs: number })[] = []
  for (let number = 0; number < (quick ? 1 : 3); number++) {
    const place = join(folder, String(number))
    await mkdir(place, { recursive: true })
    const transactionMs = 1000 / bareTransactions(place, sampleMessage, count)
    const started = await startRound({ folder: place, count, underWay })
    say(
      `p50 ${samplesOf(started.alone).p50.toFixed(1)} ms one after the other, ${samplesOf(started.together).p50.toFixed(0)} ms all at once`,
    )
    rounds.push({ ...started, transactionMs })
  }
  const alone = samplesOf(rounds.flatMap((round) => round.alone))
  const together = samplesOf(rounds.flatMap((round) => round.together))
  const rate = samplesOf(rounds.map(({ perSecond }) => perSecond))
  const transactionMs = samplesOf(rounds.map((round) => round.transactionMs)).p50
  return {
    figures: [
      {
        what: `time to the answer, ${underWay} flows under way, p50`,
        value: alone.p50,
        unit: 'ms',
        samples: alone,
        aim: { kind: 'at-most', value: 10 },
        beside: { what: 'a bare SQLite transaction', value: transactionMs },
      },
      {
        what: `time to the answer, ${underWay} flows under way, p99`,
        value: alone.p99,
        unit: 'ms',
        samples: alone,
      },
      { what: `starts, ${underWay} requests at once`, value: rate.p50, unit: '/s', samples: rate },
      {
        what: `time to the answer, ${underWay} requests at once, p50`,
        value: together.p50,
        unit: 'ms',
        samples: together,
      },
    ],
    notes: [
      `rounds: ${rounds.length}, of ${count} starts one after the other and as many with ${underWay} at once, each with a new database`,
      'each answer must say STARTED and carry an address with a token; each flow must be in the database afterwards',
      'their jobs wait for a slot: a worker of its own for each would be measured with them',
    ],
  }
}
