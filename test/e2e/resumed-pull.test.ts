import { pullsOverBrokenConnections } from '../large/large-result.ts'
import { testOnTestbed } from '../support/testbed.ts'

testOnTestbed('64 MiB pulled over connections that break, resumed where they broke', (t, testbed) =>
  pullsOverBrokenConnections(t, testbed, 64 * 2 ** 20),
)
