import type { ExecutionContext } from 'ava'
import type { Stage } from './stage.ts'

/** Something to check, by the name under which its failure is told. */
export type Checks = Readonly<Record<string, () => Promise<void>>>

/**
 * Runs checks side by side, most of which wait, each to its end; then tells every one that failed. Logs how long each took.
 * @param atOnce how many side by side: each starts pods, and too many starting at once on two cores make the times of all untrue
 */
export async function together(t: ExecutionContext, stage: Stage, checks: Checks, atOnce: number): Promise<void> {
  const waiting = Object.entries(checks)
  const failed: Error[] = []
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, check] = next
      const begun = performance.now()
      try {
        await check()
      } catch (error) {
        failed.push(new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error }))
      }
      t.log(`${name}: ${((performance.now() - begun) / 1000).toFixed(1)} s`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  if (failed.length === 0) return
  for (const error of failed) t.log(error.message)
  const log = (await stage.entrypoint.log()).split('\n').filter((line) => !line.includes('"msg":"request"'))
  t.log(log.join('\n'))
  throw new AggregateError(failed, `${failed.length} of ${Object.keys(checks).length} failed`)
}
