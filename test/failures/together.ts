import type { ExecutionContext } from 'ava'
import type { Stage } from './stage.ts'

/** Something to check, by the name under which its failure is told. */
export type Checks = Readonly<Record<string, () => Promise<void>>>

/** Runs checks side by side, most of which wait, each to its end; then tells every one that failed. Logs how long each took. */
export async function together(t: ExecutionContext, stage: Stage, checks: Checks): Promise<void> {
  const begun = performance.now()
  const outcomes = await Promise.allSettled(
    Object.entries(checks).map(async ([name, check]) => {
      try {
        await check()
      } catch (error) {
        throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
      } finally {
        t.log(`${name}: ${((performance.now() - begun) / 1000).toFixed(1)} s`)
      }
    }),
  )
  const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
  if (failed.length === 0) return
  for (const error of failed) t.log(error instanceof Error ? error.message : String(error))
  const log = (await stage.entrypoint.log()).split('\n').filter((line) => !line.includes('"msg":"request"'))
  t.log(log.join('\n'))
  throw new AggregateError(failed, `${failed.length} of ${outcomes.length} failed`)
}
