import assert from 'node:assert/strict'
import type { Job } from '../../core/job/job.ts'
import type { FlowMode } from '../../core/transfer/flow.ts'
import { endsWell, exitsWithThree, runsForEver } from './scripted-backend.ts'
import type { Offer } from './offer.ts'
import type { World } from './world.ts'

/** A whole life of a job that is run again and again with something going wrong at another place. */
export interface Scenario {
  readonly offer: Offer
  /** Sets up what backend and connector do by themselves. */
  readonly prepare: (world: World) => void
  readonly parameters?: unknown
  /** Unset for a provisioner's transfer. */
  readonly flow?: FlowMode
  /** What must have come of it, whatever went wrong on the way. Fails where it did not. */
  readonly verify: (world: World, job: Job) => Promise<void>
}

/** A job that ends well at its first attempt; its consumer fetches the result, which goes after its retention. */
export const endingWell: Scenario = {
  offer: { retention: '1h' },
  prepare(world) {
    world.backend.course = () => endsWell
    world.connector.startedThen = { afterMs: 3_000, state: 'completed' }
  },
  async verify(world, job) {
    assert.equal(job.state, 'succeeded')
    assert.equal(job.attempts.length, 1)
    assert.equal(world.backend.made.length, 1, 'one attempt came into being, once')
    const process = world.connector.process('process-1')
    assert.equal(process.provisionedTimes, 1, 'one effective callback')
    assert.equal(process.state, 'completed')
    assert.equal((await world.result(job.id))?.attempt, 1)
    assert.equal(await world.keptLog(job.id), 'attempt 1 computes\n')
    assert.equal(await world.keptLog(job.id, 1, 'upload'), 'uploads\n')
  },
}

/** A job whose only attempt fails. */
export const failing: Scenario = {
  offer: { limits: { retries: 0 } },
  prepare(world) {
    world.backend.course = () => exitsWithThree
  },
  async verify(world, job) {
    assert.equal(job.state, 'failed')
    assert.equal(job.state === 'failed' ? job.failure.cause : undefined, 'exit-code')
    assert.deepEqual(job.state === 'failed' ? job.failure.lastLogLines : undefined, [
      'attempt 1 computes',
      'attempt 1 failed',
    ])
    assert.equal(world.backend.made.length, 1)
    const process = world.connector.process('process-1')
    assert.deepEqual(process.terminatedFor, ['exit-code: The worker ended with 3.'], 'one effective callback')
    assert.equal(await world.result(job.id), undefined)
    assert.equal(await world.keptLog(job.id), 'attempt 1 computes\nattempt 1 failed\n')
  },
}

/** A job whose first attempt fails and whose second ends well. */
export const failingOnce: Scenario = {
  offer: { limits: { retries: 1 }, retention: '1h' },
  prepare(world) {
    world.backend.course = ({ ref }) => (ref.attempt === 1 ? exitsWithThree : endsWell)
    world.connector.startedThen = { afterMs: 3_000, state: 'completed' }
  },
  async verify(world, job) {
    assert.equal(job.state, 'succeeded')
    assert.deepEqual(
      world.backend.made.map(({ attempt }) => attempt),
      [1, 2],
    )
    assert.equal((await world.result(job.id))?.attempt, 2)
    assert.equal(world.connector.process('process-1').provisionedTimes, 1)
    assert.equal(await world.keptLog(job.id, 1), 'attempt 1 computes\nattempt 1 failed\n')
    assert.equal(await world.keptLog(job.id, 2), 'attempt 2 computes\n')
  },
}

/** A job whose worker runs into its deadline. */
export const overrunning: Scenario = {
  offer: { limits: { timeout: '5s' } },
  prepare(world) {
    world.backend.course = () => runsForEver
  },
  async verify(world, job) {
    assert.equal(job.state, 'failed')
    assert.equal(job.state === 'failed' ? job.failure.cause : undefined, 'deadline')
    assert.equal(world.backend.made.length, 1)
    assert.equal(world.connector.process('process-1').terminatedFor.length, 1)
    assert.equal(await world.keptLog(job.id), 'attempt 1 computes\nattempt 1 failed\n')
  },
}

/** A job whose consumer ends the transfer while the worker runs. */
export const terminated: Scenario = {
  offer: {},
  prepare(world) {
    world.backend.course = () => runsForEver
    const process = world.connector.process('process-1')
    process.next = { at: world.clock.now() + 500, state: 'awaiting', after: { afterMs: 4_000, state: 'terminated' } }
  },
  async verify(world, job) {
    assert.equal(job.state, 'cancelled')
    const process = world.connector.process('process-1')
    assert.equal(process.endedBy, 'consumer')
    assert.equal(
      process.provisionedTimes + process.terminatedFor.length,
      0,
      'nothing was told to a transfer that was over',
    )
    assert.ok(world.backend.made.length <= 1)
  },
}

/** A job whose consumer ends the transfer when the result is there. */
export const terminatedAfterwards: Scenario = {
  offer: { retention: '7d' },
  prepare(world) {
    world.backend.course = () => endsWell
    world.connector.startedThen = { afterMs: 2_000, state: 'terminated' }
  },
  async verify(world, job) {
    assert.equal(job.state, 'succeeded')
    assert.equal(world.connector.process('process-1').provisionedTimes, 1)
    const [transfer, result] = [await world.transfer(job.id), await world.result(job.id)]
    assert.equal(transfer.state === 'ended' ? transfer.outcome : undefined, 'terminated')
    assert.equal(result?.expiresAt, transfer.since, 'the result goes at once')
  },
}

/** A job that verification refuses. */
export const refused: Scenario = {
  offer: {},
  parameters: '{"UNDECLARED": 1}',
  prepare: () => undefined,
  async verify(world, job) {
    assert.equal(job.state === 'failed' ? job.failure.cause : undefined, 'invalid-parameters')
    assert.equal(world.backend.made.length, 0)
    assert.equal(world.connector.process('process-1').terminatedFor.length, 1)
  },
}
