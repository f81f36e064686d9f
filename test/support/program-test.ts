import { execFileSync } from 'node:child_process'
import test, { type ExecutionContext } from 'ava'

/** A test that reads our output with programs of this machine. Where one is missing it is skipped, or fails where TESTBED=required. */
export function programTest(
  programs: readonly string[],
  title: string,
  body: (t: ExecutionContext) => Promise<void>,
): void {
  const missing = programs.filter((program) => !isThere(program)).join(' and ')
  if (missing === '') test(title, body)
  else if (process.env['TESTBED'] === 'required')
    test(title, (t) => t.fail(`TESTBED=required, but ${missing} is missing`))
  else test.skip(`${title} (needs ${missing})`, () => undefined)
}

function isThere(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
