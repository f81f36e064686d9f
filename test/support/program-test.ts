import { execFileSync } from 'node:child_process'
import test, { type ExecutionContext } from 'ava'

/** A test that reads our output with a program of this machine. Without the program it is skipped, or fails where TESTBED=required. */
export function programTest(program: string, title: string, body: (t: ExecutionContext) => Promise<void>): void {
  const full = `${title} (${program})`
  if (isThere(program)) test(full, body)
  else if (process.env['TESTBED'] === 'required')
    test(full, (t) => t.fail(`TESTBED=required, but there is no ${program}`))
  else test.skip(`${full}: it is not installed`, () => undefined)
}

function isThere(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
