import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { waitsFor } from '../dps/service/service-stage.ts'
import { computeAsset, register } from '../http/forms.ts'
import { type Entrypoint, listJobs, startEntrypoint } from '../support/entrypoint.ts'
import { eventually } from '../support/eventually.ts'
import { leaksBelow } from '../support/leaks.ts'
import { localFlows } from '../support/local-flows.ts'
import { type Lock, startLock } from '../support/lock.ts'
import { simulatedConnector } from '../support/simulated-connector.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const keys = {
  first: 'canary-first-management-key',
  second: 'canary-second-management-key',
  third: 'canary-third-management-key',
} as const

/** How many transfers there are in each round. */
const many = 8

test('a connector’s key changes while transfers are under way: nothing is lost, and nothing is restarted', async (t) => {
  const folder = await temporaryFolder(t)
  const keyFile = join(folder, 'provider.key')
  // As the kubelet does: what is read is the old or the new, never a part.
  const writeKey = async (key: string): Promise<void> => {
    await writeFile(`${keyFile}.new`, `${key}\n`)
    await rename(`${keyFile}.new`, keyFile)
  }
  await writeKey(keys.first)
  const connector = await simulatedConnector()
  t.teardown(() => connector.close())
  const { origin, pathname } = new URL(connector.providerManagement)
  const lock = await startLock({ origin, key: connector.providerKey }, keys.first)
  t.teardown(() => lock.close())
  const entrypoint = await startEntrypoint({
    publicPort: 0,
    connector: {
      managementUrl: `${lock.origin}${pathname}`,
      callbackAddress: `${connector.providerManagement}/callback`,
      callbackUrl: `${lock.origin}${pathname}/callback`,
      apiKeyFile: keyFile,
    },
    environment: localFlows(folder),
  })
  t.teardown(() => entrypoint.close())
  const address = `${entrypoint.publicUrl}/connectors/provider`
  connector.serviceAt({ provisionUrl: `${address}/provision`, eventsUrl: `${address}/events` })

  const round = async (assetId: string, change: (open: () => Promise<void>) => Promise<void>): Promise<void> => {
    const gate = join(folder, `${assetId}.gate`)
    await offer(entrypoint, folder, assetId, waitsFor(gate))
    const asked = Array.from({ length: many }, () => connector.request(assetId))
    await eventually('the load to stand', async () => {
      const states = (await statesOf(entrypoint, assetId)).toSorted()
      return states.join() === 'queued,queued,queued,queued,running,running,running,running'
        ? { done: true }
        : { pending: states.join() }
    })
    await change(() => writeFile(gate, ''))
    for (const { consumerTransferId, providerTransferId } of asked) {
      const { endpoint, authorization } = await connector.started(consumerTransferId)
      t.is(await (await fetch(endpoint, { headers: { authorization } })).text(), '42')
      t.is(callbacksTaken(lock, providerTransferId), 1, 'one callback')
      connector.terminate(consumerTransferId, 'done')
    }
    t.is((await statesOf(entrypoint, assetId)).length, many, 'one job each')
  }

  await round('connector-first', async (open) => {
    lock.change(keys.second)
    await open()
    await eventually('the jobs that wait for their callbacks', async () => {
      const states = await statesOf(entrypoint, 'connector-first')
      const done = states.every((state) => state === 'succeeded') && lock.refused.length >= 2 * many
      return done ? { done } : { pending: `${states.join()}, ${lock.refused.length} refused` }
    })
    await writeKey(keys.second)
  })
  const before = refusals(await entrypoint.log())
  t.true(before.length > 0, 'it was refused meanwhile')
  await round('file-first', async (open) => {
    await writeKey(keys.third)
    lock.change(keys.third)
    await open()
  })
  const log = await entrypoint.log()
  t.deepEqual(refusals(log).slice(before.length), [], 'what is refused with the old key is sent again at once')
  t.false(log.includes('callback refused'))
  await entrypoint.stop() // what is removed meanwhile cannot be read
  await leaksNowhere(t, entrypoint)
})

async function offer({ adminUrl }: Entrypoint, workers: string, id: string, code: string): Promise<void> {
  await mkdir(join(workers, id), { recursive: true })
  await writeFile(join(workers, id, 'work.mjs'), `${code}\n`)
  const response = await register(adminUrl, { asset: computeAsset(id) })
  if (response.status !== 201) throw new Error(await response.text())
}

async function statesOf({ adminUrl }: Entrypoint, assetId: string): Promise<readonly string[]> {
  return (await listJobs(adminUrl)).filter((job) => job['assetId'] === assetId).map(({ state }) => state)
}

function callbacksTaken({ taken }: Lock, processId: string): number {
  return taken.filter((call) => call.startsWith('POST ') && call.endsWith(`/callback/${processId}/provision`)).length
}

function refusals(log: string): readonly string[] {
  return log.split('\n').filter((line) => line.includes('work failed') && line.includes('was answered 401'))
}

async function leaksNowhere(t: ExecutionContext, { folder }: Entrypoint): Promise<void> {
  const secrets = Object.entries(keys).map(([name, value]) => ({ name, value }))
  t.deepEqual(await leaksBelow(folder, secrets, () => false), [])
}
