import { holdsSlot, type Job, type JobState, waitsForSlot } from '../../core/job/job.ts'

/** What a job is found and counted by, whatever the database. */
export interface JobColumns {
  readonly assetVersion: string | null
  /** Unset for a repetition by an operator: it does not count against the agreement, because the consumer did not ask for it. */
  readonly agreementId: string | null
  readonly consumerId: string | null
  readonly state: JobState
  readonly holdsSlot: boolean
  readonly waits: boolean
}

/** Takes out of a job what stands in columns of its own. */
export function jobColumns(job: Job): JobColumns {
  const terms = 'terms' in job ? job.terms : undefined
  return {
    assetVersion: terms?.assetVersion ?? null,
    agreementId: (job.origin.retryOf === undefined ? terms?.agreementId : undefined) ?? null,
    consumerId: terms?.consumerId ?? null,
    state: job.state,
    holdsSlot: holdsSlot(job),
    waits: waitsForSlot(job),
  }
}
