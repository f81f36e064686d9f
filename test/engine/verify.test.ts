import test from 'ava'
import { failureOf, openWorld } from './open-world.ts'
import { assertQuiet } from './invariants.ts'
import { assetId, assetRecord } from './offer.ts'
import { endsWell, runsForEver } from './scripted-backend.ts'
import { minute } from './world.ts'

test('a process that the connector does not know gets some seconds, then the job is refused and nobody is told', async (t) => {
  const world = await openWorld(t)
  const jobId = await world.send('nobody')
  await world.pass(4_900)
  t.is((await world.job(jobId)).state, 'accepted')
  await world.pass(1_100)
  const failure = await failureOf(world, jobId)
  t.is(failure.cause, 'refused')
  t.is(failure.message, 'The connector does not know this transfer process.')
  const transfer = await world.transfer(jobId)
  t.is(transfer.state === 'ended' ? transfer.outcome : undefined, 'failed')
  await world.toTheEnd()
  await assertQuiet(world)
  t.false(world.connector.messages.some(({ kind }) => kind === 'provisioned'))
  t.deepEqual(world.backend.made, [])
})

test('a process that the connector knows a little later is taken', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => endsWell
  const jobId = await world.send('process-1')
  await world.pass(3_000)
  await world.request('process-1') // the connector has committed its process now, and sends again
  t.is((await world.store.listJobs({ limit: 10 })).length, 1)
  await world.untilJob(jobId, 'succeeded')
})

test('a process about another asset: the job is refused, and the process, somebody else’s, is left alone', async (t) => {
  const world = await openWorld(t)
  world.connector.begin('process-1', { assetId: 'other', agreementId: 'agreement-1', parameters: undefined })
  const jobId = await world.send('process-1')
  await world.toTheEnd()
  t.deepEqual(await failureOf(world, jobId), {
    cause: 'refused',
    message: 'The transfer process is about the asset other.',
  })
  t.deepEqual(world.connector.messages, [])
  t.is(world.connector.process('process-1').state, 'awaiting')
})

for (const state of ['provisioned', 'started', 'suspended'] as const) {
  test(`a process that is ${state} and waits for nothing: the job is refused, and the process is left alone`, async (t) => {
    const world = await openWorld(t)
    world.hints = false
    const jobId = await world.request()
    world.connector.move('process-1', state)
    await world.pass(minute)
    const { cause, message } = await failureOf(world, jobId)
    t.deepEqual([cause, message], ['refused', `The transfer process is ${state.toUpperCase()} and waits for nothing.`])
    t.deepEqual(world.connector.messages, [])
    t.deepEqual(world.backend.made, [])
  })
}

for (const apartMs of [0, 1_000]) {
  test(`a second message for a process, of another definition, ${apartMs > 0 ? 'a second later' : 'in the same millisecond'}: the first one has the job`, async (t) => {
    const world = await openWorld(t)
    world.backend.course = () => endsWell
    const first = await world.request()
    if (apartMs > 0) await world.pass(apartMs)
    const second = await world.send('process-1', 'another-definition')
    t.not(second, first)
    await world.pass(minute)
    t.is((await world.job(first)).state, 'succeeded')
    const { message } = await failureOf(world, second)
    t.is(message, `The transfer process has the job ${first} already.`)
    t.is(world.connector.process('process-1').provisionedTimes, 1)
    t.deepEqual(world.connector.process('process-1').terminatedFor, [])
  })
}

test('an agreement that the connector does not know, or of another asset, is refused', async (t) => {
  const world = await openWorld(t)
  world.connector.agreements.set('foreign', { consumerId: 'consumer', assetId: 'other' })
  world.connector.begin('process-1', { assetId, agreementId: 'unknown', parameters: undefined })
  world.connector.begin('process-2', { assetId, agreementId: 'foreign', parameters: undefined })
  const unknown = await world.send('process-1')
  const foreign = await world.send('process-2')
  await world.toTheEnd()
  t.is((await failureOf(world, unknown)).message, 'The connector does not know the agreement unknown.')
  t.is((await failureOf(world, foreign)).message, 'The agreement is about the asset other.')
  t.deepEqual(world.backend.made, [])
  await assertQuiet(world)
})

const declared = { type: 'object', properties: { EPOCHS: { type: 'integer', default: 5 }, NAME: { type: 'string' } } }

for (const [title, parameters, message] of [
  ['no JSON', '{EPOCHS', /params in dataDestination is no JSON text/],
  ['of the wrong type', '{"EPOCHS": "many"}', /EPOCHS/],
  ['not declared', { OTHER: '1' }, /OTHER/],
  ['no object', '[1]', /./],
] as const) {
  test(`parameters that are ${title} fail the job before anything is made`, async (t) => {
    const world = await openWorld(t, { parameters: declared })
    const jobId = await world.request('process-1', { parameters })
    await world.toTheEnd()
    const failure = await failureOf(world, jobId)
    t.is(failure.cause, 'invalid-parameters')
    t.regex(failure.message, message)
    t.is(world.connector.process('process-1').terminatedFor.length, 1)
    t.deepEqual(world.backend.made, [])
    await assertQuiet(world)
  })
}

for (const [title, parameters, environment] of [
  ['text', '{"EPOCHS": 7, "NAME": "n"}', { EPOCHS: '7', NAME: 'n' }],
  ['an object', { EPOCHS: '8' }, { EPOCHS: '8' }],
  ['missing', undefined, { EPOCHS: '5' }],
] as const) {
  test(`parameters that are ${title} reach the worker`, async (t) => {
    const world = await openWorld(t, { parameters: declared })
    const jobId = await world.request('process-1', { parameters })
    await world.untilJob(jobId, 'starting')
    await world.until('the launch', () => world.backend.made.length === 1)
    t.deepEqual({ ...world.backend.planOf({ jobId, attempt: 1 })?.steps[0].environment }, environment)
  })
}

test('an agreement has its number of jobs, ended ones with them, and refused ones do not count', async (t) => {
  const world = await openWorld(t, { limits: { jobsPerAgreement: 2 } })
  world.backend.course = ({ ref }) => (ref.jobId === first ? [{ afterMs: 0, to: 'gone' }] : endsWell)
  const first = await world.request('process-1')
  const other = await world.request('process-2', { agreementId: 'agreement-2' })
  const wrong = await world.request('process-3', { parameters: '{"UNDECLARED": 1}' })
  await world.untilJob(first, 'failed')
  await world.untilJob(wrong, 'failed')
  const second = await world.request('process-4')
  await world.untilJob(second, 'succeeded')
  const third = await world.request('process-5')
  await world.untilJob(third, 'failed')
  t.deepEqual(await failureOf(world, third), {
    cause: 'refused',
    message: 'The agreement has had its 2 jobs (limits.jobsPerAgreement).',
  })
  await world.untilJob(other, 'succeeded')
  t.is(world.connector.process('process-5').terminatedFor.length, 0, 'told by the next step')
  await world.pass(1_000)
  t.is(world.connector.process('process-5').terminatedFor.length, 1)
})

test('of many that come at once, an agreement gets exactly its number of jobs', async (t) => {
  const world = await openWorld(t, { limits: { jobsPerAgreement: 3 } })
  world.backend.course = () => endsWell
  const jobs = await Promise.all(Array.from({ length: 8 }, (_, index) => world.request(`process-${index}`)))
  await world.pass(minute)
  const states = await Promise.all(jobs.map(async (jobId) => (await world.job(jobId)).state))
  t.deepEqual(states.toSorted(), [...Array<string>(5).fill('failed'), ...Array<string>(3).fill('succeeded')])
})

test('an asset that is not offered any more when its job is verified', async (t) => {
  const world = await openWorld(t)
  const jobId = await world.request()
  const withdrawn = { ...assetRecord({}, world.ids.next(), world.clock.now()), enabled: false }
  t.is(await world.store.saveAsset(withdrawn, true), 'saved')
  await world.toTheEnd()
  t.deepEqual(await failureOf(world, jobId), { cause: 'refused', message: 'The asset is not offered any more.' })
  await assertQuiet(world)
})

test('a connector that is down is asked until it answers, and nothing runs before', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => endsWell
  world.faults.next('connector.transferProcess', 30, 'fails')
  const jobId = await world.request()
  await world.pass(2 * minute)
  t.is((await world.job(jobId)).state, 'accepted')
  t.deepEqual(world.backend.made, [])
  world.faults.next('connector.agreement', 5, 'fails')
  await world.untilJob(jobId, 'succeeded')
})

for (const state of ['terminated', 'completed'] as const) {
  test(`a process that is ${state} before its job is verified: cancelled, and nothing is sent`, async (t) => {
    const world = await openWorld(t)
    world.hints = false
    const jobId = await world.request()
    await world.move('process-1', state)
    await world.toTheEnd()
    const job = await world.job(jobId)
    t.is(job.state === 'cancelled' ? job.by : undefined, 'connector')
    t.deepEqual(world.connector.messages, [])
    t.deepEqual(world.backend.made, [])
    await assertQuiet(world)
  })
}

test('the newest version is taken and kept, though a newer one is registered while the job runs', async (t) => {
  const world = await openWorld(t, { version: '1.0.0', limits: { retries: 1 } })
  world.clock.jump(1_000)
  await world.offer({ version: '2.0.0', limits: { retries: 1, timeout: '90s' } })
  world.backend.course = () => runsForEver
  const jobId = await world.request()
  await world.untilJob(jobId, 'running')
  await world.offer({ version: '3.0.0', limits: { retries: 0 } })
  await world.happen(jobId, { to: 'failed', failure: { cause: 'exit-code', message: 'The worker ended with 1.' } })
  await world.until('a second attempt', () => world.backend.made.length === 2)
  const plan = world.backend.planOf({ jobId, attempt: 2 })
  t.is(plan?.assetVersion, '2.0.0')
  t.is(plan?.steps[0].limits.timeout, 90_000)
  const next = await world.request('process-2')
  await world.untilJob(next, 'starting')
  const job = await world.job(next)
  t.is('terms' in job ? job.terms?.assetVersion : undefined, '3.0.0')
})

test('one message twice, and at once, makes one job', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => endsWell
  const first = await world.request()
  const again = await Promise.all([world.send('process-1'), world.send('process-1')])
  t.deepEqual(again, [first, first])
  await world.untilJob(first, 'succeeded')
  t.is(await world.send('process-1'), first)
  await world.pass(minute)
  t.is((await world.store.listJobs({ limit: 10 })).length, 1)
  t.is(world.backend.made.length, 1)
})

test('a message that comes again is a hint to look at the transfer', async (t) => {
  const world = await openWorld(t)
  const jobId = await world.request()
  await world.untilJob(jobId, 'starting')
  world.hints = false
  await world.move('process-1', 'terminated')
  await world.send('process-1')
  while (await world.work()) continue
  t.is((await world.job(jobId)).state, 'cancelled')
})
