import type { DatabaseSync } from 'node:sqlite'
import type { AgreementRequirement, Change, SlotRequirement } from '../../core/ports/store.ts'

/** What a commit may require, counted in the commit's own transaction from the jobs that are there. */
export interface Requirements {
  /** What of a change's requirement does not hold, `undefined` where all of it does. */
  broken(change: Change): 'unmet' | 'queue-full' | undefined
  /** Notes that a job takes a slot now. */
  takeTurn(jobId: string): void
}

/** Limits on jobs that hold a slot, wait for one, or were had under an agreement. The job that is changed does not count itself. */
export function requirements(database: DatabaseSync): Requirements {
  const counted = (what: string) => {
    const statement = database.prepare(`SELECT count(*) AS counted FROM jobs WHERE ${what} AND id <> ?`)
    return (...given: readonly string[]): number => Number(statement.get(...given)?.['counted'])
  }
  const slotsOfAsset = counted('asset_id = ? AND holds_slot = 1')
  const slotsOfConsumer = counted('consumer_id = ? AND holds_slot = 1')
  const slots = counted('holds_slot = 1')
  const underAgreement = counted('agreement_id = ? AND asset_id = ?')
  const forgotten = database.prepare('SELECT jobs FROM forgotten_jobs WHERE agreement_id = ? AND asset_id = ?')
  /** Jobs that the history keeps no more still count: else an allowance would come back with time. */
  const hadUnderAgreement = (agreementId: string, assetId: string, self: string): number =>
    underAgreement(agreementId, assetId, self) + Number(forgotten.get(agreementId, assetId)?.['jobs'] ?? 0)
  const queuedOfConsumer = counted("consumer_id = ? AND state = 'queued'")
  const turn = database.prepare(`
    UPDATE jobs SET turn = (SELECT coalesce(max(turn), 0) + 1 FROM jobs WHERE turn IS NOT NULL) WHERE id = ?`)

  const slotIsFree = (require: SlotRequirement, self: string): boolean =>
    slotsOfAsset(require.assetId, self) < require.limit &&
    slotsOfConsumer(require.consumerId, self) < require.consumerLimit &&
    slots(self) < require.totalLimit
  const isRefused = (require: AgreementRequirement, self: string): 'unmet' | 'queue-full' | undefined => {
    if (hadUnderAgreement(require.agreementId, require.assetId, self) >= require.limit) return 'unmet'
    return queuedOfConsumer(require.consumerId, self) >= require.queuedLimit ? 'queue-full' : undefined
  }

  return {
    broken({ require, job }) {
      if (require === undefined) return undefined
      const self = job?.value.id ?? ''
      if (require.kind === 'agreement') return isRefused(require, self)
      return slotIsFree(require, self) ? undefined : 'unmet'
    },
    takeTurn(jobId) {
      turn.run(jobId)
    },
  }
}
