import test from 'ava'
import { holdsSlot } from '../../core/job/job.ts'
import { retryByOperator } from '../../entrypoint/engine/retry-job.ts'
import { assertQuiet } from '../engine/invariants.ts'
import { failureOf, openWorld } from '../engine/open-world.ts'
import { endsWell, exitsWithThree, runsForEver } from '../engine/scripted-backend.ts'
import { minute, type World } from '../engine/world.ts'

const consumerFetches = { afterMs: 1_000, state: 'completed' } as const

/** A consumer's requests, each under an agreement of its own. */
async function requests(world: World, consumerId: string, count: number): Promise<string[]> {
  const jobs: string[] = []
  for (let number = 0; number < count; number += 1)
    jobs.push(await world.request(`${consumerId}-${number}`, { agreementId: `${consumerId}-${number}`, consumerId }))
  return jobs
}

/** How many jobs of each consumer hold a slot. */
async function running(world: World): Promise<Record<string, number>> {
  const counted: Record<string, number> = {}
  for (const job of await world.store.listJobs({ limit: 1_000 })) {
    const consumer = 'terms' in job ? job.terms?.consumerId : undefined
    if (consumer !== undefined && holdsSlot(job)) counted[consumer] = (counted[consumer] ?? 0) + 1
  }
  return counted
}

/** The consumers in the order in which their jobs were launched. */
async function order(world: World): Promise<string[]> {
  const consumers: string[] = []
  for (const { jobId } of world.backend.made) {
    const job = await world.job(jobId)
    consumers.push(('terms' in job ? job.terms?.consumerId : undefined) ?? '')
  }
  return consumers
}

for (const hints of [true, false])
  test(`a consumer with many jobs does not hold up another with one, ${hints ? 'with' : 'without'} hints`, async (t) => {
    const world = await openWorld(t, { limits: { concurrentJobs: 2 }, retention: '1h' })
    world.hints = hints
    world.backend.course = () => endsWell
    world.connector.startedThen = consumerFetches
    await requests(world, 'many', 25)
    await world.until('two of them run', () => world.backend.made.length === 2)
    await requests(world, 'few', 1)
    await world.toTheEnd()
    const launched = await order(world)
    t.is(launched.length, 26)
    // Two held a slot when it came; the next slot but one at the latest is its own.
    t.true(launched.indexOf('few') <= 3, `it was number ${launched.indexOf('few') + 1}`)
    await assertQuiet(world)
  })

test('consumers that all have much to do get the same', async (t) => {
  const world = await openWorld(t, { limits: { concurrentJobs: 3 }, retention: '1h' })
  world.backend.course = () => endsWell
  world.connector.startedThen = consumerFetches
  await requests(world, 'first', 20)
  await requests(world, 'second', 7)
  await requests(world, 'third', 7)
  await world.toTheEnd()
  const launched = await order(world)
  const all = launched.slice(0, 21)
  for (const consumer of ['first', 'second', 'third']) {
    const had = all.filter((one) => one === consumer).length
    t.true(had >= 5 && had <= 9, `${consumer} had ${had} of the first 21 turns`)
  }
})

test('a consumer has no more jobs under way than it may, and others use the rest', async (t) => {
  const limits = { consumer: { runningJobs: 2, queuedJobs: 100 }, consumers: new Map([['big', { runningJobs: 4 }]]) }
  const world = await openWorld(t, { limits: { concurrentJobs: 8 } }, limits)
  await requests(world, 'one', 10)
  await requests(world, 'big', 10)
  await requests(world, 'two', 1)
  await world.pass(minute)
  t.deepEqual(await running(world), { one: 2, big: 4, two: 1 })
})

test('all together have no more jobs under way than the service allows, and each that ends makes room', async (t) => {
  const world = await openWorld(t, { limits: { concurrentJobs: 8 } }, { runningJobs: 3 })
  await requests(world, 'one', 10)
  await requests(world, 'two', 10)
  await world.pass(minute)
  const before = await running(world)
  t.is((before['one'] ?? 0) + (before['two'] ?? 0), 3)
  const [ref] = await world.backend.list()
  await world.happen(ref?.jobId ?? '', { to: 'stored-nothing' })
  await world.until('another one has its turn', () => world.backend.made.length === 4, 10_000)
  const after = await running(world)
  t.is((after['one'] ?? 0) + (after['two'] ?? 0), 3)
})

test('a consumer with as many waiting jobs as it may have is refused, and told why; others are not', async (t) => {
  const limits = { consumer: { runningJobs: 1, queuedJobs: 2 } }
  const world = await openWorld(t, { limits: { concurrentJobs: 8 } }, limits)
  const jobs: string[] = []
  for (const number of [1, 2, 3, 4]) {
    jobs.push(await world.request(`process-${number}`, { agreementId: `a-${number}` }))
    await world.pass(100)
  }
  t.deepEqual(await failureOf(world, jobs[3] ?? ''), {
    cause: 'refused',
    message: 'The consumer has 2 jobs waiting already, as many as it may have at once. Try again when some have run.',
  })
  await world.until('the connector is told', () => world.connector.process('process-4').terminatedFor.length > 0)
  t.regex(world.connector.process('process-4').terminatedFor.join(), /^refused: The consumer has 2 jobs waiting/)
  const [other] = await requests(world, 'other', 1)
  await world.untilJob(other ?? '', 'starting')
  t.pass()
})

test('no agreement is good for more jobs than the service allows, whatever its asset says', async (t) => {
  const world = await openWorld(t, { limits: { jobsPerAgreement: 10_000 } }, { jobsPerAgreement: 2 })
  const jobs: string[] = []
  for (const number of [1, 2, 3]) {
    jobs.push(await world.request(`process-${number}`))
    await world.pass(100)
  }
  t.deepEqual(await failureOf(world, jobs[2] ?? ''), {
    cause: 'refused',
    message: 'The agreement has had its 2 jobs (the most that the service allows).',
  })
})

for (const [whose, offer, limits, text] of [
  ['its asset', { queueTimeout: '10m' }, {}, '10m'],
  ['the service', {}, { queueTimeoutMs: 20 * minute }, '20m'],
] as const)
  test(`a job that waits longer for a slot than ${whose} allows fails`, async (t) => {
    const world = await openWorld(t, { limits: { concurrentJobs: 1, ...offer } }, limits)
    const first = await world.request('process-1')
    await world.untilJob(first, 'starting')
    await world.happen(first, { to: 'running' })
    const before = world.clock.now()
    const second = await world.request('process-2')
    await world.untilJob(second, 'failed')
    const waited = world.clock.now() - before
    const expected = Number.parseInt(text, 10) * minute
    t.true(waited >= expected && waited < expected + 5_000, `it waited ${waited} ms`)
    t.deepEqual(await failureOf(world, second), {
      cause: 'queue-timeout',
      message: `The job waited ${text} for a slot, as long as it may (limits.queueTimeout).`,
    })
    await world.until('the connector is told', () => world.connector.process('process-2').terminatedFor.length > 0)
    t.is((await world.job(first)).state, 'running')
  })

test('where a slot gets free, those behind the next one sleep on', async (t) => {
  const world = await openWorld(t, { limits: { concurrentJobs: 1 } })
  world.check = async () => {}
  const jobs = await requests(world, 'consumer', 40)
  await world.until('all wait', async () => {
    const states = await Promise.all(jobs.map(async (id) => (await world.job(id)).state))
    return states.filter((state) => state === 'queued').length === 39
  })
  await world.pass(5_000)
  const before = world.faults.calls.filter((name) => name === 'store.claim').length
  const [ref] = await world.backend.list()
  await world.happen(ref?.jobId ?? '', { to: 'stored-nothing' })
  await world.until('the next has its turn', () => world.backend.made.length === 2, 20_000)
  const claims = world.faults.calls.filter((name) => name === 'store.claim').length - before
  t.true(claims < 80, `${claims} looks, most of them at transfers`)
})

test('a job of a suspended transfer takes no slot and its time stands still; it goes on when the transfer does', async (t) => {
  const world = await openWorld(t, { limits: { concurrentJobs: 1, queueTimeout: '1h' }, onFailure: 'report' })
  world.backend.course = () => exitsWithThree
  const first = await world.request('process-1')
  await world.until('its failure is reported', async () => {
    const { state } = await world.transfer(first)
    return state === 'granted' && !holdsSlot(await world.job(first))
  })
  world.backend.course = () => runsForEver
  const other = await world.request('process-2')
  await world.untilJob(other, 'running')
  const { id } = await retryByOperator(world.parts, first, 'same')
  await world.pass(minute)
  await world.move('process-1', 'suspended')
  await world.pass(minute)
  await world.happen(other, { to: 'stored-nothing' })
  await world.pass(30 * minute)
  t.is((await world.backend.list()).length, 0, 'the slot is free')
  await world.pass(3 * 60 * minute)
  t.is((await world.job(id)).state, 'queued', 'it waited longer than it may, but for nothing of the service')
  await world.move('process-1', 'started')
  await world.untilJob(id, 'running', 'failed')
  t.is((await world.job(id)).state, 'running')
})
