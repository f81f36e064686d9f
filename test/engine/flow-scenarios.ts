import assert from 'node:assert/strict'
import type { Job } from '../../core/job/job.ts'
import type { Scenario } from './scenarios.ts'
import { endsWell, exitsWithThree } from './scripted-backend.ts'
import { minute, type World } from './world.ts'

// Lives of data flows (Data Plane Signaling) that are run again and again with something going wrong at another place.

async function endOf(world: World, job: Job): Promise<string | undefined> {
  const transfer = await world.transfer(job.id)
  assert.equal(transfer.flow?.destination, undefined, 'what opens the destination is forgotten')
  return transfer.state === 'ended' ? transfer.outcome : undefined
}

/** A pull that starts when its result is there; the consumer fetches it and completes. */
export const pullAsync: Scenario = {
  offer: { retention: '1h' },
  flow: { type: 'pull', start: 'async' },
  prepare(world) {
    world.backend.course = () => endsWell
    world.connector.startedThen = { afterMs: 3_000, state: 'completed' }
  },
  async verify(world, job) {
    assert.equal(job.state, 'succeeded')
    assert.equal(world.backend.made.length, 1)
    const process = world.connector.process('process-1')
    assert.equal(process.provisionedTimes, 1, 'exactly one started')
    assert.equal(process.address?.kind, 'gateway')
    assert.equal(await endOf(world, job), 'completed')
  },
}

/** A pull that starts at once: nothing is told but by its address. */
export const pullSync: Scenario = {
  offer: { retention: '1h' },
  flow: { type: 'pull', start: 'sync' },
  prepare(world) {
    world.backend.course = () => endsWell
    world.connector.startedThen = { afterMs: 10 * minute, state: 'completed' }
  },
  async verify(world, job) {
    assert.equal(job.state, 'succeeded')
    assert.equal(world.backend.made.length, 1)
    assert.equal(world.connector.messages.length, 0, 'it has started already')
    assert.equal(await endOf(world, job), 'completed')
  },
}

/** A push whose flow starts when its result is there. */
export const pushAsync: Scenario = {
  offer: { retention: '1h' },
  flow: { type: 'push', start: 'async' },
  prepare(world) {
    world.backend.course = () => endsWell
  },
  async verify(world, job) {
    const process = world.connector.process('process-1')
    assert.equal(process.provisionedTimes, 1)
    assert.equal(process.address, undefined, 'a push has no address of ours')
    await verifyPushed(world, job)
  },
}

/** A push whose flow starts at once. */
export const pushSync: Scenario = {
  offer: { retention: '1h' },
  flow: { type: 'push', start: 'sync' },
  prepare(world) {
    world.backend.course = () => endsWell
  },
  async verify(world, job) {
    assert.equal(world.connector.process('process-1').provisionedTimes, 0)
    await verifyPushed(world, job)
  },
}

async function verifyPushed(world: World, job: Job): Promise<void> {
  assert.equal(job.state, 'succeeded')
  assert.ok(world.pushes.length >= 1)
  assert.equal(world.pushes[0]?.endpoint, 'https://sink.example')
  assert.equal(world.connector.process('process-1').completedTimes, 1, 'exactly one completed')
  assert.equal(await endOf(world, job), 'completed')
}

/** A job that fails: its flow is told, and ended through the Management API. */
export const failingFlow: Scenario = {
  offer: {},
  flow: { type: 'pull', start: 'async' },
  prepare(world) {
    world.backend.course = () => exitsWithThree
  },
  async verify(world, job) {
    assert.equal(job.state, 'failed')
    const { terminatedFor, erroredFor } = world.connector.process('process-1')
    assert.deepEqual(terminatedFor, ['exit-code: The worker ended with 3.'])
    assert.equal(erroredFor[0], 'exit-code: The worker ended with 3.')
    assert.equal(await endOf(world, job), 'failed')
  },
}

/** The same of a flow that has started. */
export const failingStarted: Scenario = { ...failingFlow, flow: { type: 'pull', start: 'sync' } }
