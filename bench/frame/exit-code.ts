import type { Report } from './report.ts'

/**
 * With what a run ends: 1 where a benchmark failed, or (strict) an aim was missed; else 0, as a busy machine is no fault of the code.
 */
export function exitCode({ results }: Report, strict: boolean): 0 | 1 {
  const failed = results.some(({ outcome }) => outcome.is === 'failed')
  const missed = results.some(
    ({ outcome }) => outcome.is === 'measured' && outcome.figures.some(({ met }) => met === false),
  )
  return failed || (strict && missed) ? 1 : 0
}
