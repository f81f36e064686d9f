import type { CommitOutcome } from '../../../core/ports/store.ts'

/** What a racer's process is asked: to open so many replicas, to reach for work, or to change a job. */
export type Asked =
  | { readonly open: number; readonly url: string }
  | { readonly claim: true }
  | { readonly write: string }

/** What it says: the leases it got, how its changes went by the lease they were made under, or what failed. */
export interface Told {
  readonly leases?: readonly string[]
  readonly written?: readonly (readonly [lease: string, outcome: CommitOutcome])[]
  readonly failed?: string
}
