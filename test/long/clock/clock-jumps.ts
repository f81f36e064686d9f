import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { offerLots } from '../../faults/load.ts'
import { endOf, loadFor } from '../../faults/load-for.ts'
import { startFaultStage } from '../../faults/stage.ts'
import type { Testbed } from '../../support/testbed.ts'
import type { LongContext, LongOutcome, LongRun } from '../frame/long-run.ts'
import { type FakeClock, fakeClock } from './fake-clock.ts'

/** How often all of this is done at full size. */
const fullRounds = 10
const pace = { everyMs: 700, atOnce: 20 }
/** How wrong the service's clock is for a while, one after the other: seconds that it is ahead, and how fast it goes. */
const troubles: readonly (readonly [aheadSeconds: number, rate: number])[] = [
  [3_600, 1],
  [-3_600, 1],
  [86_400, 1],
  [-86_400, 1],
  [0, 1.1],
  [0, 0.9],
]
/** How long it stays wrong, and right in between. Milliseconds. */
const wrongMs = 4_000
const rightMs = 3_000
/** How long what is left may take in the end. Milliseconds. */
const endMs = 300_000

/**
 * The clock of the whole service process is set ahead and back under a mixed load, and runs too fast and too slow; everything else keeps its
 * own. While it is wrong by more than a quarter of an hour, the object store refuses what it signs. Everything must come to its end.
 */
export const clockJumps: LongRun = {
  name: 'clock-jumps',
  title: 'the clock of the service jumps by an hour and a day, both ways, and drifts',
  needs: 'testbed',
  run,
}

async function run({ seed, size, folder, say }: LongContext, testbed: Testbed): Promise<LongOutcome> {
  const rounds = Math.max(1, Math.round(fullRounds * size))
  const violations: string[] = []
  let transfers = 0
  let noticed = 0
  for (let round = 0; round < rounds; round += 1) {
    const own = join(folder, String(round))
    await mkdir(own, { recursive: true })
    const clock = await fakeClock(own)
    const stage = await startFaultStage(testbed, own, { environment: clock.environment })
    try {
      await offerLots(stage)
      const lastsMs = troubles.length * (wrongMs + rightMs)
      const [load] = await Promise.all([loadFor(stage, seed + round, lastsMs, pace), disturb(clock)])
      transfers += load.courses.length
      const wrong = await endOf(stage, load, endMs)
      violations.push(...wrong.map((violation) => `${violation} (seed ${seed + round})`))
    } catch (error) {
      violations.push(`${String(error)} (seed ${seed + round})`)
    } finally {
      const log = await stage.entrypoint.log()
      await writeFile(join(own, 'service.log'), log)
      noticed += log.split('"msg":"the clock jumped"').length - 1
      await stage.close()
    }
    say(`${round + 1} of ${rounds} rounds, ${violations.length} violations`)
  }
  if (noticed === 0) violations.push('the service never saw its clock jump: was it set at all?')
  return {
    figures: { rounds, transfers, 'times it was set': rounds * troubles.length * 2, 'noticed as a jump': noticed },
    violations,
  }
}

async function disturb(clock: FakeClock): Promise<void> {
  for (const trouble of troubles) {
    await clock.set(...trouble)
    await pause(wrongMs)
    await clock.set(0)
    await pause(rightMs)
  }
}
