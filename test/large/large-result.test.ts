import { testOnTestbed } from '../support/testbed.ts'
import { pullsOverBrokenConnections } from './large-result.ts'

testOnTestbed('5 GiB pulled over connections that break, resumed where they broke', (t, testbed) => {
  t.timeout(3_600_000)
  return pullsOverBrokenConnections(t, testbed, 5 * 2 ** 30)
})
