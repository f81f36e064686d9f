import { listJobs } from '../support/entrypoint.ts'
import { eventually } from '../support/eventually.ts'
import { expectedCounts } from '../support/expected.ts'
import { kubectl } from '../support/kubectl.ts'
import { postgresServer, testOnTestbed } from '../support/testbed.ts'
import { type Installation, prepareInstallation } from './installation.ts'
import { reachablePostgres } from './reachable-postgres.ts'

// The chart with two replicas on PostgreSQL, installed for real. One of them is killed while it works, and both are replaced by an upgrade.

const database = postgresServer()
const title = 'two replicas share the work, one that is killed is not missed, and an upgrade has no gap'

testOnTestbed(database === undefined ? `${title} (needs PostgreSQL)` : title, async (t, testbed) => {
  if (database === undefined) {
    t.log('skipped: the environment names no PostgreSQL server (testbed/postgres.sh up)')
    t.pass()
    return
  }
  t.timeout(900_000)
  const place = await prepareInstallation(testbed)
  const postgres = await reachablePostgres(testbed, database)
  try {
    const secret = { 'database-url': postgres.url }
    const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'database' }, stringData: secret }
    await kubectl(testbed, ['-n', place.namespace, 'create', '-f', '-'], JSON.stringify(object))
    await place.putAsset('1.0.0')
    const replicated = { replicas: 2, database: { existingSecret: 'database' } }
    await place.deploy(replicated)
    await place.connect()
    await place.dataspace.publish({ assetId: place.assetId })
    const agreement = await place.dataspace.negotiate(place.assetId)
    t.is((await readyPods(place)).length, 2)
    const budget = await place.kubectl(
      'get',
      'poddisruptionbudget',
      place.name,
      '-o',
      'jsonpath={.status.disruptionsAllowed}',
    )
    t.is(budget, '1')

    const transfers = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((top) => place.dataspace.transfer(place.assetId, agreement, { TOP: top })),
    )
    await place.withAdmin((adminUrl) =>
      eventually('a job to be under way', async () => {
        const states = (await listJobs(adminUrl)).map(({ state }) => state)
        return states.some((state) => state === 'running' || state === 'starting')
          ? { done: true }
          : { pending: states.join() }
      }),
    )
    const [victim = ''] = await readyPods(place)
    await place.kubectl('delete', 'pod', victim, '--grace-period=0', '--force')
    for (const transfer of transfers) await place.dataspace.consumerReaches(transfer, ['STARTED'], 240_000)
    for (const [index, transfer] of transfers.entries()) {
      const response = await place.dataspace.read(await place.dataspace.access(transfer))
      t.deepEqual(Buffer.from(await response.arrayBuffer()), await expectedCounts({ TOP: String(index + 1) }))
    }
    const jobs = await place.withAdmin(listJobs)
    t.is(jobs.length, transfers.length, 'one job for each transfer')
    t.deepEqual([...new Set(jobs.map(({ state }) => state))], ['succeeded'])
    t.deepEqual([...new Set(jobs.map(({ attempts }) => attempts.length))], [1], 'nothing ran twice')

    // While both are replaced, somebody is always there.
    const address = await place.kubectl(
      'get',
      'service',
      place.name,
      '-o',
      'jsonpath={.spec.clusterIP}:{.spec.ports[0].port}',
    )
    const before = await readyPods(place)
    const over = new AbortController()
    const asked = watch(`http://${address}/livez`, over.signal)
    const late = await place.dataspace.transfer(place.assetId, agreement, { TOP: 7 })
    await place.deploy({ ...replicated, settings: { DSC_POLL_INTERVAL: '2s' } })
    over.abort()
    const answers = await asked
    const after = await readyPods(place)
    t.is(after.length, 2)
    t.false(
      after.some((pod) => before.includes(pod)),
      'they are others',
    )
    await place.dataspace.consumerReaches(late, ['STARTED'], 240_000)
    t.log(`${answers.good} requests were answered while both were replaced, ${answers.bad} were not`)
    t.true(answers.good > 20)
    t.true(
      answers.bad <= answers.good / 50,
      `${answers.bad} of ${answers.good + answers.bad} requests were not answered`,
    )
    for (const transfer of [...transfers, late]) await place.dataspace.terminate(transfer, 'seen enough')
    await place.uninstall()
  } catch (error) {
    t.log(await place.kubectl('get', 'pods,events').catch(String))
    t.log(await place.kubectl('logs', '-l', `app.kubernetes.io/instance=${place.release}`, '--tail=60').catch(String))
    throw error
  } finally {
    await place.close()
    await postgres.close()
  }
})

async function readyPods(place: Installation): Promise<readonly string[]> {
  const ready =
    '{range .items[*]}{.metadata.name} {.status.containerStatuses[0].ready} {.metadata.deletionTimestamp}{"\\n"}{end}'
  const label = `app.kubernetes.io/instance=${place.release}`
  const lines = (await place.kubectl('get', 'pods', '-l', label, '-o', `jsonpath=${ready}`)).split('\n')
  return lines.flatMap((line) => {
    const [name = '', state, leaving = ''] = line.trim().split(' ')
    return state === 'true' && leaving === '' ? [name] : []
  })
}

/** Asks an address again and again, each time over a new connection. */
async function watch(url: string, signal: AbortSignal): Promise<{ readonly good: number; readonly bad: number }> {
  const counted = { good: 0, bad: 0 }
  while (!signal.aborted) {
    const answered = await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(5_000) }).then(
      (response) => response.ok,
      () => false,
    )
    counted[answered ? 'good' : 'bad'] += 1
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return counted
}
