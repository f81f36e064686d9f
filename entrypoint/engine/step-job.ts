import { isFinal } from '../../core/job/job.ts'
import { commit, transferOf } from './apply.ts'
import { attend } from './attend.ts'
import { clearUp } from './clear-up.ts'
import { cancelled } from './end-job.ts'
import type { EngineParts } from './parts.ts'
import { takeSlot, wakeNext } from './take-slot.ts'
import { verify } from './verify.ts'

/**
 * Takes the next step of a job: reads what is true, changes one thing. Every step may be repeated.
 * @param failures how often this failed in a row
 * @returns when to look again (milliseconds since 1970), or `undefined` where nothing is left to do
 */
export async function stepJob(parts: EngineParts, jobId: string, failures: number): Promise<number | undefined> {
  const job = await parts.store.job(jobId)
  if (job === undefined) return undefined
  const { value, revision } = job
  if (isFinal(value)) {
    const again = await clearUp(parts, job, failures)
    // Only now is its slot free. The item is done with after that, so no crash keeps the word from whoever is next.
    if (again === undefined) await wakeNext(parts)
    return again
  }
  const transfer = await transferOf(parts, value)
  if (transfer?.value.state === 'ended') {
    await commit(parts, cancelled(job, 'connector', `the transfer ended: ${transfer.value.reason}`, parts.clock.now()))
    return parts.clock.now()
  }
  switch (value.state) {
    case 'accepted':
      if (transfer === undefined) throw new Error(`the job ${jobId} was accepted without a transfer`)
      return verify(parts, { value, revision }, transfer)
    case 'queued': {
      // A next attempt begins once everything of the one before is gone.
      const again = await clearUp(parts, job, failures)
      return again ?? takeSlot(parts, { value, revision }, transfer, failures)
    }
    case 'starting':
    case 'running':
    case 'storing':
      return attend(parts, { job: { value, revision }, transfer, failures })
  }
}
