import type { ExecutionContext } from 'ava'
import { required } from './testbed.ts'

/**
 * Ends a test that finds only while it runs that something is missing: it is skipped with a notice, or fails where TESTBED=required.
 * @param what is missing, as a sentence without its end
 */
export function lacks(t: Pick<ExecutionContext, 'fail' | 'log' | 'pass'>, what: string, mustBeThere = required): void {
  if (mustBeThere) {
    t.fail(`TESTBED=required, but ${what}`)
    return
  }
  t.log(`skipped: ${what}`)
  t.pass()
}
