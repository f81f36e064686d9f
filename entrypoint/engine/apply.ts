import type { Job } from '../../core/job/job.ts'
import { type JobEvent, transition as transitionJob } from '../../core/job/transition.ts'
import { isTransitionError } from '../../core/transition-error.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { type TransferEvent, transition as transitionTransfer } from '../../core/transfer/transition.ts'
import type { Change, Versioned } from '../../core/ports/store.ts'
import type { EngineParts } from './parts.ts'

/** Another worker changed the same thing meanwhile, or took the item over. Not a fault: the item is simply looked at again. */
export class Stale extends Error {
  override readonly name = 'Stale'
}

/** The job after an event, with the revision it was read at. Fails where the tables do not allow the event: a fault of ours. */
export function applyToJob<J extends Job>(job: Versioned<J>, event: JobEvent, now: number): Versioned<Job> {
  const value = transitionJob(job.value, event, now)
  if (isTransitionError(value)) throw new Error(`a job cannot go from ${value.from} by ${value.event}`)
  return { value, revision: job.revision }
}

/** The transfer after an event, likewise. */
export function applyToTransfer(transfer: Versioned<Transfer>, event: TransferEvent, now: number): Versioned<Transfer> {
  const value = transitionTransfer(transfer.value, event, now)
  if (isTransitionError(value)) throw new Error(`a transfer cannot go from ${value.from} by ${value.event}`)
  return { value, revision: transfer.revision }
}

/**
 * Writes a change.
 * @returns whether its requirement held
 * @throws Stale where somebody else was quicker
 */
export async function commit(parts: EngineParts, change: Change): Promise<boolean> {
  const { store, holder } = parts
  const outcome = await store.commit(holder === undefined ? change : { ...change, holder })
  if (outcome === 'stale') throw new Stale('somebody else changed it meanwhile')
  return outcome === 'done'
}

/** A thing as it stands after it was committed: one revision on. */
export function committed<T extends Job | Transfer>({ value, revision }: Versioned<T>): Versioned<T> {
  return { value, revision: revision + 1 }
}

/** The transfer a job runs for, `undefined` where an operator has it run. A transfer is kept in the same transaction as its job, so it is there. */
export async function transferOf(parts: EngineParts, { id, origin }: Job): Promise<Versioned<Transfer> | undefined> {
  if (origin.kind === 'operator') return undefined
  const transfer = await parts.store.transfer(origin.transferId)
  if (transfer === undefined) throw new Error(`the transfer ${origin.transferId} of job ${id} is not in the store`)
  return transfer
}
