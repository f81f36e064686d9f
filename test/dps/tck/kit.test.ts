import test from 'ava'
import { exampleDataPlane } from '../../../dps/example/data-plane.ts'
import { dpsTck } from '../../support/dps-parts.ts'
import { freePorts } from '../../support/free-ports.ts'
import { runKit } from './run-kit.ts'
import { startSubject } from './subject.ts'

/** The tests of 1.1.2 and 1.2.0 alike; all are mandatory. */
const all = [
  ...['01-01', '01-02', '02-01', '02-02', '04-01'].map((id) => `DP_P_PULL:${id}`),
  ...['01-01', '01-02', '02-01', '02-02', '03-01', '04-01'].map((id) => `DP_P_PUSH:${id}`),
  ...['01-01', '01-02', '02-01', '02-02', '03-01', '04-01'].map((id) => `DP_C_PULL:${id}`),
  ...['01-01', '01-02', '02-01', '02-02', '03-01', '04-01'].map((id) => `DP_C_PUSH:${id}`),
]

for (const [version, lib] of Object.entries(dpsTck)) {
  const title = `the protocol package passes the technology compatibility kit ${version}, in both roles, pull and push`
  if (lib === undefined) test.serial.skip(`${title} (needs its jars: DPS_TCK_…)`, () => undefined)
  else
    test.serial(title, async (t) => {
      t.timeout(300_000)
      const [port = 0] = await freePorts(1)
      const dataPlaneUrl = await startSubject(t, `http://127.0.0.1:${port}`)
      const { tests, output } = await runKit({ lib, dataPlaneUrl, port, groups: ['pull', 'push'] })
      const failed = all.filter((id) => tests.get(id) !== 'SUCCESSFUL')
      t.deepEqual(failed, [], output)
      t.deepEqual([...tests.keys()].toSorted(), [...all].toSorted())
    })
}

const example = dpsTck['1.2.0']
const exampleTitle = 'the example data plane passes what the kit asks of a provider’s synchronous pull'
if (example === undefined) test.serial.skip(`${exampleTitle} (needs the kit’s jars: DPS_TCK_1_2_0)`, () => undefined)
else
  test.serial(exampleTitle, async (t) => {
    t.timeout(300_000)
    const [port = 0, own = 0] = await freePorts(2)
    const server = exampleDataPlane(`http://127.0.0.1:${own}`)
    await new Promise<void>((resolve) => server.listen(own, '127.0.0.1', resolve))
    t.teardown(() => {
      server.closeAllConnections()
      server.close()
    })
    const dataPlaneUrl = `http://127.0.0.1:${own}/dps/v1`
    const { tests, output } = await runKit({ lib: example, dataPlaneUrl, port, groups: ['pull'] })
    const passed = [...tests].filter(([, result]) => result === 'SUCCESSFUL').map(([id]) => id)
    const synchronous = ['01-01', '01-02', '02-01', '02-02'].map((id) => `DP_P_PULL:${id}`)
    t.deepEqual(passed.toSorted(), synchronous, output)
  })
