import type { Result } from '../../core/job/job.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { RetryRules } from '../../sidecar/retry.ts'
import type { Peer } from './peer.ts'

/** What one push works with, whatever its destination. */
export interface PushTask {
  readonly objects: ObjectStore
  readonly result: Pick<Result, 'jobId' | 'attempt' | 'manifest' | 'registeredAt'>
  readonly peer: Peer
  /** For how long one request is tried again before the whole is put off. */
  readonly retries: RetryRules
  readonly signal: AbortSignal
}

/** How many files go at once. */
export const filesAtOnce = 4
