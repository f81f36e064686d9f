import type { ExecutionContext } from 'ava'
import type { Failure } from '../../core/job/causes.ts'
import type { JobLimits } from '../../core/limits/job-limits.ts'
import { watchInvariants } from './invariants.ts'
import type { Offer } from './offer.ts'
import { World } from './world.ts'

/** A world for one test: its invariants are looked at after every step, and it goes when the test ends. */
export async function openWorld(
  t: ExecutionContext,
  offer: Offer = {},
  limits: Partial<JobLimits> = {},
): Promise<World> {
  const world = await World.open(offer, {}, limits)
  t.teardown(() => world.close())
  const { concurrentJobs = 4, jobsPerAgreement = 10 } = offer.limits ?? {}
  world.check = watchInvariants(world, { concurrentJobs, jobsPerAgreement })
  return world
}

/** The failure of a job that failed. @throws Error where it did not */
export async function failureOf(world: World, jobId: string): Promise<Failure> {
  const job = await world.job(jobId)
  if (job.state !== 'failed') throw new Error(`the job is ${job.state}`)
  return job.failure
}
