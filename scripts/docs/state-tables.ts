import type { JobState } from '../../core/job/job.ts'
import { jobTransitions } from '../../core/job/transition.ts'
import type { TransferState } from '../../core/transfer/transfer.ts'
import { transferTransitions } from '../../core/transfer/transition.ts'
import { code, codes, table } from './markdown.ts'

const jobMeanings: Readonly<Record<JobState, string>> = {
  accepted: 'On disk, in the same transaction as its transfer. The connector has not been asked back yet.',
  queued:
    'Transfer, agreement, consumer, asset version and parameters are verified and frozen. The job waits for a slot: for its first attempt, or for the next one.',
  starting: 'An attempt has a slot. Its objects may exist; images are pulled, inputs are fetched.',
  running: 'The worker runs.',
  storing: 'The worker ended with 0. The data sidecar uploads.',
  succeeded:
    'The result manifest was read, every file is in the object store in its size, and the result is registered.',
  failed: 'Ended with a cause, a message and, where there are any, an exit code and the last log lines.',
  cancelled: 'Ended because somebody said so. `by` says who, `reason` why.',
}

const transferMeanings: Readonly<Record<TransferState, string>> = {
  requested: 'No address is owed yet: the job is under way.',
  granting:
    'The result’s address is decided and stands in the outbox. It is open already, for a data plane that is quicker than our next look.',
  granted: 'The connector says STARTED.',
  delivering: 'A push by us is under way. No dialect uses this state yet.',
  suspended: 'The result’s address is closed; what runs goes on. On resume it goes back to the state it left.',
  ended:
    'Completed, terminated, failed or expired: the token is dead, a live job is cancelled, and the removal of the result is due.',
}

/** The two tables of docs/architecture.md, by the names of their places. */
export function stateTables(): Readonly<Record<'job-states' | 'transfer-states', string>> {
  return {
    'job-states': stateTable(jobTransitions, jobMeanings),
    'transfer-states': stateTable(transferTransitions, transferMeanings),
  }
}

function stateTable<S extends string>(
  transitions: Readonly<Record<S, readonly S[]>>,
  meanings: Readonly<Record<S, string>>,
): string {
  const states = Object.keys(transitions).filter((state): state is S => state in meanings)
  const rows = states.map((state) => [
    code(state),
    meanings[state],
    transitions[state].length === 0 ? 'final' : codes(transitions[state]),
  ])
  return table(['State', 'What is true', 'Next'], rows)
}
