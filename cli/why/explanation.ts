import type { ShownFailure } from '../api/jobs.ts'

/** Why a job is where it is, in words. */
export interface Explanation {
  /** What is the matter, in one line. */
  readonly headline: string
  /** How it came to it; a paragraph each. */
  readonly details: readonly string[]
  /** What failed, where something did: the job, or the attempt before the one that comes next. */
  readonly failure?: ShownFailure
  /** What somebody may do about it. */
  readonly hint?: string
  /** What happens without anybody doing anything; a sentence or two each. */
  readonly next: readonly string[]
}
