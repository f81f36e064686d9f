import type { Job } from '../../core/job/job.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import type { EngineTimes } from './parts.ts'

/**
 * How long a transfer is left alone until its connector is asked again. While its job is under way, or an address was sent, that is the
 * short pause. While its job waits for a slot, the pause grows with the wait, up to the one of a transfer whose result is open: else ten
 * thousand waiting jobs would be two thousand questions a second, and those that run would wait for the answers. An event, or a message
 * that comes again, has it looked at once in any case; so has the job when it takes its slot.
 * @param job that it is for, where that is known
 * @param now milliseconds since 1970
 * @returns milliseconds
 */
export function transferPause(
  { state }: Pick<Transfer, 'state'>,
  job: Pick<Job, 'state' | 'since'> | undefined,
  { pollMs, idlePollMs }: Pick<EngineTimes, 'pollMs' | 'idlePollMs'>,
  now: number,
): number {
  if (state !== 'requested') return state === 'granting' ? pollMs : idlePollMs
  if (job?.state !== 'queued') return pollMs
  return Math.max(pollMs, Math.min((now - job.since) / 2, idlePollMs))
}
