import test, { type ExecutionContext } from 'ava'
import { type Testbed, testOnTestbed } from '../support/testbed.ts'

/**
 * A test that stops what everybody on the testbed needs: its node, its API server. It runs only where the environment says that nobody
 * else works on it.
 */
export function exclusiveTest(title: string, body: (t: ExecutionContext, testbed: Testbed) => Promise<void>): void {
  if (process.env['TESTBED_EXCLUSIVE'] === '1') testOnTestbed(title, body)
  else test.skip(`${title} (stops the testbed’s cluster: set TESTBED_EXCLUSIVE=1)`, () => undefined)
}
