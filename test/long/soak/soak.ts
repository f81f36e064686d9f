import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { total } from '../../faults/live-through.ts'
import { offerLots } from '../../faults/load.ts'
import { endOf, loadFor } from '../../faults/load-for.ts'
import { seededPlan } from '../../faults/proxy/seeded-plan.ts'
import { startFaultStage } from '../../faults/stage.ts'
import { imageStart } from '../../support/entrypoint.ts'
import type { Testbed } from '../../support/testbed.ts'
import type { LongContext, LongOutcome, LongRun } from '../frame/long-run.ts'
import { judgeFlatness } from './flat.ts'
import { filesAtRest, openFiles, watchFootprint } from './footprint.ts'

/** How long the full size takes, in minutes. */
const fullMinutes = 30
/** Share of the calls that go wrong. */
const rate = 0.01
const pace = { everyMs: 500, atOnce: 20 }
/** How many more files may be open when all is over than before the load, and how long what is kept after its use may stay. */
const rest = { more: 2, deadlineMs: 90_000 }
/** Between two looks at the process, and how long everything may take to come to its end. Milliseconds. */
const lookMs = 1_000
const endMs = 300_000

/**
 * A mixed load on the real service process that goes on and on, while some of its calls to what is outside go wrong. In the end all must have
 * come to its one end, and the process must need no more memory and no more files than before.
 */
export const soak: LongRun = {
  name: 'soak',
  title: 'half an hour of mixed load with faults at 1 %; memory and open files stay as they are',
  needs: 'testbed',
  run: (context, testbed) => soakFor(context, testbed, fullMinutes * context.size),
}

/** The same for so many minutes. */
export async function soakFor(
  { seed, folder, say }: Pick<LongContext, 'seed' | 'folder' | 'say'>,
  testbed: Testbed,
  minutes: number,
): Promise<LongOutcome> {
  const stage = await startFaultStage(testbed, folder, await imageStart())
  const calls = (): number => sum(stage.proxies.map((proxy) => total(proxy.calls)))
  const faults = (): number => sum(stage.proxies.map((proxy) => total(proxy.faults)))
  const telling = setInterval(() => say(`${faults()} of ${calls()} calls went wrong`), 60_000)
  try {
    const pid = stage.entrypoint.pid() ?? 0
    const before = await openFiles(pid)
    stage.plan(seededPlan(seed, rate))
    await offerLots(stage)
    const watch = watchFootprint(pid, lookMs)
    const load = await loadFor(stage, seed, minutes * 60_000, pace)
    await watch.stop()
    stage.heal()
    const wrong = [...(await endOf(stage, load, endMs))]
    const after = minutes < 1 ? undefined : await filesAtRest(pid, before + rest.more, rest.deadlineMs)
    if (after !== undefined && after > before + rest.more)
      wrong.push(`${after} files are open when all is over, and ${before} were before the load`)
    const { memory } = watch.seen
    const flat = judgeFlatness(watch.seen, Math.min(minutes * 60_000, memory.at(-1)?.at ?? 0))
    await writeFile(join(folder, 'footprint.json'), JSON.stringify(watch.seen))
    await writeFile(join(folder, 'service.log'), await stage.entrypoint.log())
    return {
      figures: {
        minutes: Math.round(minutes * 10) / 10,
        transfers: load.courses.length,
        'outbound calls': calls(),
        'calls that went wrong': faults(),
        ...flat.figures,
        ...(after === undefined ? {} : { 'open files at rest, before and after': `${before} and ${after}` }),
      },
      violations: [...wrong, ...flat.violations].map((violation) => `${violation} (seed ${seed})`),
    }
  } finally {
    clearInterval(telling)
    await stage.close()
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0)
}
