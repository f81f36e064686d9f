import { DatabaseSync } from 'node:sqlite'
import test, { type ExecutionContext } from 'ava'
import { filesPrefix, manifestKey } from '../../core/job/names.ts'
import type { TransferProcess } from '../../core/ports/connector.ts'
import { check, type CheckOptions } from '../../entrypoint/check/check.ts'
import { type CheckRule, checkRules } from '../../entrypoint/check/finding.ts'
import type { AssetLimits } from '../../entrypoint/check/sight.ts'
import { seedReceived } from '../receiving/seed.ts'
import { openWorld } from './open-world.ts'
import { endsWell, exitsWithThree, runsForEver } from './scripted-backend.ts'
import { minute, type World } from './world.ts'

const limits: AssetLimits = { concurrentJobs: 4, jobsPerAgreement: 10, startTimeout: 600_000, timeout: 3_600_000 }

/** The store with the id of the installation that the world's engine goes by. */
function storeOf(world: World) {
  return { ...world.store, installation: () => Promise.resolve(world.parts.installation) }
}

/** What is found in a world, one look. */
async function found(
  world: World,
  { later = 0, of = limits, ...options }: Partial<CheckOptions> & { later?: number; of?: AssetLimits } = {},
): Promise<readonly string[]> {
  const parts = {
    store: storeOf(world),
    backend: world.backend,
    objects: world.objects,
    limitsOf: () => Promise.resolve(of),
    uploadTimeoutMs: 3_600_000,
    now: () => world.clock.now() + later,
  }
  const { findings } = await check(parts, { digests: false, ...options }, [])
  return findings.map(({ rule }) => rule)
}

function sql(world: World, text: string): void {
  const database = new DatabaseSync(world.databasePath)
  try {
    database.exec(text)
  } finally {
    database.close()
  }
}

function saying(process: Pick<TransferProcess, 'state'>): NonNullable<CheckOptions['connectors']> {
  const told = { stateName: 'X', assetId: '', agreementId: '', parameters: undefined, ...process }
  return new Map([['provider', { transferProcess: () => Promise.resolve(told) }]])
}

type Moment = 'running' | 'open' | 'failed' | 'ended'

/** A world with one job that has come to a moment, in which everything is as it should be. */
async function at(t: ExecutionContext, moment: Moment): Promise<{ world: World; jobId: string }> {
  const world = await openWorld(t, { retention: '1h' })
  world.backend.course = () => (moment === 'running' ? runsForEver : moment === 'failed' ? exitsWithThree : endsWell)
  const jobId = await world.request()
  if (moment === 'running') await world.untilJob(jobId, 'running')
  else await world.until('its slot is free', async () => (await world.job(jobId)).attempts[0]?.removed === true)
  if (moment === 'open') await world.until('it is open', async () => (await world.transfer(jobId)).state === 'granted')
  if (moment === 'ended') {
    await world.until('it is open', async () => (await world.transfer(jobId)).state === 'granted')
    await world.move('process-1', 'terminated')
    await world.until('the result is gone', async () => (await world.result(jobId))?.removedAt !== undefined)
  }
  world.check = () => Promise.resolve() // what comes now is broken on purpose
  return { world, jobId }
}

for (const moment of ['running', 'open', 'failed', 'ended'] as const) {
  test(`nothing is found where all is well: ${moment}`, async (t) => {
    const { world } = await at(t, moment)
    const state = moment === 'running' ? 'awaiting' : moment === 'open' ? 'started' : 'terminated'
    t.deepEqual(await found(world, { digests: true, connectors: saying({ state }) }), [])
  })
}

test('nothing is found at any step of jobs that fail, are repeated, and end', async (t) => {
  const world = await openWorld(t, { retention: '1h', limits: { retries: 1 } })
  world.backend.course = ({ ref }) => (ref.attempt === 1 ? exitsWithThree : endsWell)
  world.connector.startedThen = { afterMs: 3_000, state: 'completed' }
  const seen: string[] = []
  world.check = async () => {
    // Objects that are on their way out are no finding only where they are looked at again.
    seen.push(...(await found(world, { digests: true })).filter((rule) => rule !== 'left-in-store'))
  }
  for (const process of ['one', 'two', 'three']) await world.request(process)
  await world.toTheEnd()
  t.deepEqual(seen, [])
  t.true(world.steps > 20)
})

/** What is broken, in a world at which moment, and which rule has to find it. */
const cases: readonly {
  readonly rule: CheckRule
  readonly what: string
  readonly moment: Moment
  readonly break?: (world: World, jobId: string) => Promise<void> | void
  readonly look?: Parameters<typeof found>[1]
}[] = [
  {
    rule: 'unreadable-row',
    what: 'a job that is no JSON',
    moment: 'open',
    break: (world) => sql(world, `UPDATE jobs SET body = '{'`),
  },
  {
    rule: 'unreadable-row',
    what: 'a transfer in a state that there is not',
    moment: 'open',
    break: (world) => sql(world, `UPDATE transfers SET body = replace(body, '"granted"', '"given"')`),
  },
  {
    rule: 'contradicting-row',
    what: 'a column that says another state',
    moment: 'open',
    break: (world) => sql(world, `UPDATE jobs SET state = 'failed'`),
  },
  {
    rule: 'contradicting-row',
    what: 'a slot that is counted and not held',
    moment: 'open',
    break: (world) => sql(world, 'UPDATE jobs SET holds_slot = 1'),
  },
  {
    rule: 'contradicting-row',
    what: 'a transfer that is lost',
    moment: 'running',
    break: (world) => sql(world, 'DELETE FROM transfers'),
  },
  {
    rule: 'no-work',
    what: 'a live job that nobody looks at',
    moment: 'running',
    break: (world) => sql(world, `DELETE FROM work WHERE kind = 'job'`),
  },
  {
    rule: 'no-work',
    what: 'an open transfer that nobody looks at',
    moment: 'open',
    break: (world) => sql(world, `DELETE FROM work WHERE kind = 'transfer'`),
  },
  { rule: 'overdue', what: 'work that nobody takes', moment: 'running', look: { later: 20 * minute } },
  {
    rule: 'past-deadline',
    what: 'a job that runs longer than all its limits',
    moment: 'running',
    look: { later: 6 * 60 * minute },
  },
  {
    rule: 'live-after-end',
    what: 'a job that goes on after its transfer',
    moment: 'running',
    break: (world) => sql(world, `UPDATE transfers SET body = replace(body, '"requested"', '"ended"')`),
  },
  {
    rule: 'two-attempts',
    what: 'two attempts of one job',
    moment: 'running',
    async break(world, jobId) {
      const plan = world.backend.planOf({ jobId, attempt: 1 })
      if (plan !== undefined) await world.backend.launch({ ...plan, ref: { jobId, attempt: 2 } })
    },
  },
  {
    rule: 'stray-attempt',
    what: 'an attempt of ours of a job that is not on record',
    moment: 'running',
    async break(world, jobId) {
      const plan = world.backend.planOf({ jobId, attempt: 1 })
      if (plan !== undefined) await world.backend.launch({ ...plan, ref: { jobId: 'nobody', attempt: 1 } })
    },
  },
  {
    rule: 'lost-attempt',
    what: 'an attempt that vanished',
    moment: 'running',
    break: (world, jobId) => world.happen(jobId, { to: 'gone' }),
  },
  {
    rule: 'held-slot',
    what: 'an attempt that is not removed long after the end',
    moment: 'failed',
    break: (world) => sql(world, `UPDATE jobs SET body = replace(body, '"removed":true', '"removed":false')`),
    look: { later: 20 * minute },
  },
  {
    rule: 'too-many',
    what: 'more slots than there are',
    moment: 'running',
    look: { of: { ...limits, concurrentJobs: 0 } },
  },
  {
    rule: 'too-many',
    what: 'more jobs than the agreement has',
    moment: 'open',
    look: { of: { ...limits, jobsPerAgreement: 0 } },
  },
  {
    rule: 'success-without-result',
    what: 'a result that is lost',
    moment: 'open',
    break: (world) => sql(world, 'DELETE FROM results'),
  },
  {
    rule: 'result-without-success',
    what: 'a result of another attempt',
    moment: 'open',
    break: (world) => sql(world, 'UPDATE results SET attempt = 2'),
  },
  {
    rule: 'broken-result',
    what: 'a file that is gone',
    moment: 'open',
    break: (world, jobId) => world.objects.removeAll(`${filesPrefix({ jobId, attempt: 1 })}sum.txt`),
  },
  {
    rule: 'broken-result',
    what: 'a manifest that is gone',
    moment: 'open',
    break: (world, jobId) => world.objects.removeAll(manifestKey({ jobId, attempt: 1 })),
  },
  {
    rule: 'broken-result',
    what: 'a file with other bytes',
    moment: 'open',
    break: (world, jobId) => world.objects.put(`${filesPrefix({ jobId, attempt: 1 })}plots/loss.svg`, '<gvs/>', ''),
    look: { digests: true },
  },
  {
    rule: 'broken-result',
    what: 'another manifest',
    moment: 'open',
    break: (world, jobId) => world.objects.put(manifestKey({ jobId, attempt: 1 }), '{"files":[]}', ''),
    look: { digests: true },
  },
  {
    rule: 'left-in-store',
    what: 'objects of a job that is not on record',
    moment: 'open',
    break: (world) => world.objects.put('jobs/nobody/attempts/1/logs/worker.log', 'a', ''),
  },
  {
    rule: 'left-in-store',
    what: 'files of an attempt that failed',
    moment: 'failed',
    break: (world, jobId) => world.objects.put(`${filesPrefix({ jobId, attempt: 1 })}a.txt`, 'a', ''),
  },
  {
    rule: 'left-in-store',
    what: 'files of a result that was removed',
    moment: 'ended',
    break: (world, jobId) => world.objects.put(`${filesPrefix({ jobId, attempt: 1 })}a.txt`, 'a', ''),
  },
  {
    rule: 'left-in-store',
    what: 'files that no asset has',
    moment: 'open',
    break: (world) => world.objects.put('assets/nobody/a.txt', 'a', ''),
  },
  {
    rule: 'broken-reception', // more of receptions: test/receiving/check.test.ts
    what: 'a received file that is gone',
    moment: 'open',
    async break(world) {
      const { id } = await seedReceived(world.store, world.objects, { 'a.txt': 'a', 'b.txt': 'b' })
      await world.objects.removeAll(`received/${id}/files/b.txt`)
    },
  },
  {
    rule: 'callback-without-cause',
    what: 'a callback for a job that has no end',
    moment: 'running',
    break: (world) => addCallback(world, 'one', 'provisioned'),
  },
  {
    rule: 'callback-twice',
    what: 'the same callback twice',
    moment: 'open',
    break(world) {
      addCallback(world, 'one', 'provisioned')
      addCallback(world, 'two', 'provisioned')
    },
  },
  {
    rule: 'callback-late',
    what: 'a callback that is not delivered for days',
    moment: 'open',
    break: (world) => addCallback(world, 'one', 'provisioned'),
    look: { later: 73 * 60 * minute },
  },
  {
    rule: 'connector-waits',
    what: 'a connector that waits for nothing',
    moment: 'open',
    look: { connectors: saying({ state: 'awaiting' }) },
  },
  {
    rule: 'connector-ahead',
    what: 'a connector that got an address from somebody else',
    moment: 'running',
    look: { connectors: saying({ state: 'started' }) },
  },
]

function addCallback(world: World, id: string, kind: string): void {
  const createdAt = world.clock.now()
  sql(
    world,
    `INSERT INTO callbacks (id, transfer_id, connector_id, message, created_at)
     SELECT '${id}', id, 'provider', '{"kind":"${kind}"}', ${createdAt} FROM transfers;
     INSERT INTO work (kind, key, due_at) VALUES ('callback', '${id}', ${createdAt})`,
  )
}

for (const { rule, what, moment, break: breaks, look } of cases) {
  test(`${rule}: ${what}`, async (t) => {
    const { world, jobId } = await at(t, moment)
    await breaks?.(world, jobId)
    const rules = await found(world, look)
    t.true(rules.includes(rule), `found ${rules.join(', ')}`)
  })
}

test('every rule is seen to find something', (t) => {
  t.deepEqual([...new Set(cases.map(({ rule }) => rule))].toSorted(), Object.keys(checkRules).toSorted())
})

test('the result of a job whose row cannot be read is not left over', async (t) => {
  const { world } = await at(t, 'open')
  sql(world, `UPDATE jobs SET body = '{'`)
  const rules = await found(world)
  t.true(rules.includes('unreadable-row'))
  t.false(rules.includes('left-in-store'))
})

test('attempts of other installations are not looked at', async (t) => {
  const { world, jobId } = await at(t, 'running')
  const plan = world.backend.planOf({ jobId, attempt: 1 })
  if (plan === undefined) return t.fail()
  await world.backend.launch({ ...plan, ref: { jobId: 'theirs', attempt: 1 }, installation: 'another' })
  const { installation: _, ...unmarked } = plan
  await world.backend.launch({ ...unmarked, ref: { jobId: 'of-an-older-release', attempt: 1 } })
  t.deepEqual(await found(world), [])
})

test('the files of another installation’s assets, in a bucket that both share, are not left over', async (t) => {
  const { world } = await at(t, 'open')
  await world.objects.put('assets/another-installation.bundle/a.txt', 'a', '')
  t.deepEqual(await found(world), [])
  await world.objects.put(`assets/${world.parts.installation}.bundle/a.txt`, 'a', '')
  t.deepEqual(await found(world), ['left-in-store'])
})

test('what is found is looked at again, and told only where it stays', async (t) => {
  const { world, jobId } = await at(t, 'running')
  await world.objects.put('jobs/nobody/attempts/1/logs/worker.log', 'a', '')
  let looks = 0
  const parts = {
    store: storeOf(world),
    backend: {
      async list() {
        looks += 1
        const stray = { jobId: 'nobody', attempt: 1, since: 0, installation: world.parts.installation }
        return looks < 2 ? [...(await world.backend.list()), stray] : world.backend.list()
      },
    },
    objects: world.objects,
    limitsOf: () => Promise.resolve(limits),
    uploadTimeoutMs: 3_600_000,
    now: () => world.clock.now(),
  }
  const report = await check(parts, { digests: false }, [1, 1])
  t.is(looks, 3)
  t.deepEqual(
    report.findings.map(({ rule, about }) => `${rule} ${about}`),
    ['left-in-store jobs/nobody/'],
  )
  t.like(report.seen, { jobs: 1, transfers: 1, attempts: 1, processes: 0 })
  t.truthy(jobId)
})
