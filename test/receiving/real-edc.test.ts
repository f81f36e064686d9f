import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { z } from 'zod'
import { edcPair } from '../dps/real/edc-pair.ts'
import { type ServicesOnEdc, startServicesOnEdc } from '../dps/real/services-on-edc.ts'
import { testOnEdc18, withEdcPair } from '../dps/real/testing.ts'
import { waitsFor } from '../dps/service/service-stage.ts'
import { reaches } from '../dps/stand-in/pair-under-test.ts'
import { eventually } from '../support/eventually.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

// What a real consumer's control plane says to us when its transfer is suspended, resumed and terminated.

withEdcPair()

let running: ServicesOnEdc | undefined
test.after.always(async () => running?.close())

const page = z.object({
  receptions: z.array(z.looseObject({ flow: z.string(), state: z.string(), waitsFor: z.string().nullable() })),
})

testOnEdc18(
  'a pull that waits for its job is suspended, resumed and received; another one is terminated',
  async (t, connectors) => {
    t.timeout(240_000)
    running ??= await startServicesOnEdc(connectors)
    const services = running
    const pair = edcPair(connectors)
    const gate = join(await temporaryFolder(t), 'open')
    await services.offer('gated', waitsFor(gate), { transfers: ['pull-sync'] })
    const becomes = (consumerId: string, flow: string, state: string) =>
      eventually(
        `the reception to be ${flow} and ${state}`,
        async () => {
          const response = await fetch(`${services.consumer.adminUrl}/api/v1/receptions?process=${consumerId}`)
          const [found] = page.parse(await response.json()).receptions
          const is = found?.flow === flow && found.state === state
          return is ? { done: found } : { pending: JSON.stringify(found) }
        },
        { deadlineMs: 60_000, pauseMs: 100 },
      )
    const [kept, ended] = await Promise.all([
      pair.request({ assetId: 'gated', transferType: 'Compute-Now-PULL' }),
      pair.request({ assetId: 'gated', transferType: 'Compute-Now-PULL' }),
    ])
    for (const id of [kept, ended]) {
      await reaches(pair, 'consumer', id, 'STARTED', 60_000)
      await becomes(id, 'started', 'fetching')
    }
    t.is(await pair.administer('consumer', kept, 'suspend'), 204)
    await becomes(kept, 'suspended', 'fetching')
    await reaches(pair, 'consumer', kept, 'SUSPENDED', 60_000)
    await reaches(pair, 'provider', kept, 'SUSPENDED', 60_000)
    t.is(await pair.administer('consumer', ended, 'terminate'), 204)
    await becomes(ended, 'terminated', 'removed')
    t.is(await pair.administer('consumer', kept, 'resume'), 204)
    await becomes(kept, 'started', 'fetching')
    await reaches(pair, 'consumer', kept, 'STARTED', 60_000)
    writeFileSync(gate, '')
    const reception = await services.received(kept)
    t.is(reception.state, 'received', JSON.stringify(reception.failure))
    t.is(await services.read(reception, 'sum.txt'), '42')
    await reaches(pair, 'consumer', kept, 'COMPLETED', 60_000)
    await reaches(pair, 'provider', kept, 'COMPLETED', 60_000)
  },
)
