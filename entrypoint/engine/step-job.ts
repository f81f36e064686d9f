import { isFinal, type QueuedJob } from '../../core/job/job.ts'
import type { Versioned } from '../../core/ports/store.ts'
import { applyToJob, commit, transferOf } from './apply.ts'
import { attend } from './attend.ts'
import { clearUp } from './clear-up.ts'
import { cancelled } from './end-job.ts'
import type { EngineParts } from './parts.ts'
import { verify } from './verify.ts'

/** Pause between two tries to get a slot, in case nobody says that one is free. Milliseconds. */
const slotMs = 30_000

/**
 * Takes the next step of a job: reads what is true, changes one thing. Every step may be repeated.
 * @param failures how often this failed in a row
 * @returns when to look again (milliseconds since 1970), or `undefined` where nothing is left to do
 */
export async function stepJob(parts: EngineParts, jobId: string, failures: number): Promise<number | undefined> {
  const job = await parts.store.job(jobId)
  if (job === undefined) return undefined
  const { value, revision } = job
  if (isFinal(value)) return clearUp(parts, job, failures)
  const transfer = await transferOf(parts, value)
  if (transfer?.value.state === 'ended') {
    await commit(parts, cancelled(job, 'connector', `the transfer ended: ${transfer.value.reason}`, parts.clock.now()))
    return parts.clock.now()
  }
  switch (value.state) {
    case 'accepted':
      if (transfer === undefined) throw new Error(`the job ${jobId} was accepted without a transfer`)
      return verify(parts, { value, revision }, transfer)
    case 'queued':
      return start(parts, { value, revision }, failures)
    case 'starting':
    case 'running':
    case 'storing':
      return attend(parts, { job: { value, revision }, transfer, failures })
  }
}

/** Takes a slot for the next attempt, once everything of the attempt before is gone. */
async function start(parts: EngineParts, job: Versioned<QueuedJob>, failures: number): Promise<number> {
  const again = await clearUp(parts, job, failures)
  if (again !== undefined) return again
  const { assetId, attempt, terms } = job.value
  const registered = await parts.assetVersion(assetId, terms.assetVersion)
  if (registered === undefined)
    throw new Error(`version ${terms.assetVersion} of the asset ${assetId} is not in the store`)
  const now = parts.clock.now()
  const taken = await commit(parts, {
    job: applyToJob(job, { type: 'slot-taken', attempt }, now),
    require: { kind: 'slot', assetId, limit: registered.asset.limits.concurrentJobs },
  })
  return taken ? now : now + slotMs
}
