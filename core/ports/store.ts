import type { BundledInput } from '../job/plan.ts'
import type { Job, JobState, Result } from '../job/job.ts'
import type { Transfer } from '../transfer/transfer.ts'

/** A thing read from the store, with the revision a later change must still find. */
export interface Versioned<T> {
  readonly value: T
  readonly revision: number
}

/** A callback not yet delivered. */
export interface Callback {
  readonly id: string
  readonly transferId: string
  readonly connectorId: string
  readonly message: CallbackMessage
  /** Milliseconds since 1970. */
  readonly createdAt: number
}

/** What a callback says. The token is made when it is sent, never stored. */
export type CallbackMessage = { readonly kind: 'provisioned' } | { readonly kind: 'terminate'; readonly reason: string }

/** A kind of work; the key of an item is the id of a job, transfer, callback or (expire) job. */
export type WorkKind = 'job' | 'transfer' | 'callback' | 'expire'

/** A claimed item of work. While the lease holds, nobody else gets it. */
export interface WorkItem {
  readonly kind: WorkKind
  readonly key: string
  /** How often it failed in a row. */
  readonly failures: number
  /** Proof of the claim. */
  readonly lease: string
}

/** When an item is due again: a time in milliseconds since 1970. */
export interface DueWork {
  readonly kind: WorkKind
  readonly key: string
  readonly dueAt: number
}

/** Things that change together, in one durable transaction. */
export interface Change {
  readonly job?: Versioned<Job>
  /** A job that comes into being; its id is new. */
  readonly newJob?: Job
  readonly transfer?: Versioned<Transfer>
  /** Registered once: a second result for the same job is an error. */
  readonly result?: Result
  readonly callbacks?: readonly Callback[]
  /** A callback that is done with: delivered, refused, or nobody is left to tell. */
  readonly doneCallback?: string
  /** Items that become due no later than said. */
  readonly wake?: readonly DueWork[]
  /** Conditions that must hold in the same transaction. */
  readonly require?: SlotRequirement | AgreementRequirement
}

/** Fewer than `limit` other jobs of the asset hold a slot. */
export interface SlotRequirement {
  readonly kind: 'slot'
  readonly assetId: string
  readonly limit: number
}

/** Fewer than `limit` other jobs were verified under the agreement for the asset; repetitions by an operator do not count. */
export interface AgreementRequirement {
  readonly kind: 'agreement'
  readonly assetId: string
  readonly agreementId: string
  readonly limit: number
}

/** `stale`: somebody else changed the job or transfer meanwhile; `unmet`: the requirement does not hold. Nothing was written in either case. */
export type CommitOutcome = 'done' | 'stale' | 'unmet'

/** An asset version as stored. */
export interface AssetRecord {
  readonly id: string
  readonly version: string
  /** The document as it was sent, parsed. */
  readonly document: unknown
  /** The dotenv file as it was sent. */
  readonly dotenv?: string
  /** Files registered with it, by name. */
  readonly bundled: Readonly<Record<string, BundledInput>>
  /** Names the prefix of its files in the object store. */
  readonly bundleId: string
  /** Milliseconds since 1970. */
  readonly registeredAt: number
  /** Whether new transfers may get it. */
  readonly enabled: boolean
}

/** Which jobs to list: newest first. */
export interface JobQuery {
  readonly assetId?: string
  readonly state?: JobState
  /** Only jobs older than this one (its id): the last of the page before. */
  readonly before?: string
  readonly limit: number
}

/** What the store holds, in numbers. */
export interface Figures {
  readonly jobs: Readonly<Record<JobState, number>>
  /** Items of work that are due, those under a lease included. */
  readonly due: Readonly<Record<WorkKind, number>>
  /** Items that nobody has taken half a minute after they were due. */
  readonly late: Readonly<Record<WorkKind, number>>
  /** When the oldest callback that is not delivered was made, milliseconds since 1970. */
  readonly oldestCallbackAt?: number
}

/** Where a page of assets begins: after this version of this asset. */
export interface AssetPlace {
  readonly id: string
  readonly version: string
}

/** An asset version that the assets' folder gave. */
export interface DirectoryAsset {
  readonly id: string
  readonly version: string
  /** Whether it went from the folder since, and is not offered for that reason. */
  readonly withdrawn: boolean
}

/** The durable state of the service. Every write is on disk when its promise resolves. */
export interface Store {
  /** Keeps a new transfer with its job and what is due of them; gives the older one where the same message came before. */
  accept(
    transfer: Transfer,
    job: Job,
    wake: readonly DueWork[],
  ): Promise<{ readonly transfer: Transfer; readonly created: boolean }>
  job(id: string): Promise<Versioned<Job> | undefined>
  transfer(id: string): Promise<Versioned<Transfer> | undefined>
  /** Every transfer that a connector's transfer process has here. */
  transfersOfProcess(connectorId: string, processId: string): Promise<readonly Transfer[]>
  result(jobId: string): Promise<Result | undefined>
  callback(id: string): Promise<Callback | undefined>
  listJobs(query: JobQuery): Promise<readonly Job[]>
  commit(change: Change): Promise<CommitOutcome>
  /** Sets when a result expires, or that it was removed. */
  markResult(jobId: string, mark: { readonly expiresAt?: number; readonly removedAt?: number }): Promise<void>

  /** Makes items due no later than said. */
  wake(items: readonly DueWork[]): Promise<void>
  /** Makes every queued job of an asset due: a slot may be free. */
  wakeQueued(assetId: string, now: number): Promise<void>
  /** Leases items that are due, earliest first. */
  claim(now: number, limit: number, leaseMs: number): Promise<readonly WorkItem[]>
  /** Gives an item back: due at a time, or done with for good (`undefined`), unless it was woken meanwhile: then it is due at once. */
  finish(item: WorkItem, dueAt: number | undefined, failures: number, now: number): Promise<void>
  /** When the next item is due, `undefined` where none is. */
  nextDue(): Promise<number | undefined>
  /** Takes the leases of a process that is gone (at start of the only process of this store). */
  releaseLeases(): Promise<void>

  /** Keeps an asset version; `exists` where there is one already and `replace` was not asked; `in-use` where a job used the one to replace. */
  saveAsset(record: AssetRecord, replace: boolean): Promise<'saved' | 'exists' | 'in-use'>
  /** One version, also when it is disabled or removed: jobs that have it keep it. */
  assetVersion(id: string, version: string): Promise<AssetRecord | undefined>
  /** The newest enabled version (by time of registration). */
  newestAsset(id: string): Promise<AssetRecord | undefined>
  /** Every version that was not removed, by id, newest first; with a page at most `limit` of them, from behind `after`. */
  listAssets(
    id?: string,
    page?: { readonly after?: AssetPlace; readonly limit: number },
  ): Promise<readonly AssetRecord[]>
  /** Pauses or resumes every version of an asset: a paused one gets no new jobs, and keeps those it has. */
  enableAsset(id: string, enabled: boolean): Promise<void>
  /** Removes every version of an asset from the offer; `live-jobs` where some job of it is not over. */
  removeAsset(id: string, now: number): Promise<'removed' | 'live-jobs' | 'unknown'>
  /** Every asset version that the assets' folder ever gave. */
  directoryAssets(): Promise<readonly DirectoryAsset[]>
  /**
   * Notes that the folder gives an asset version, or gives it no more. One that goes is not offered any more; one that comes back is
   * offered again. One that was there all the time stays paused where an operator paused it.
   */
  markDirectoryAsset(id: string, version: string, present: boolean): Promise<void>

  /** Counts what it holds. */
  figures(now: number): Promise<Figures>
  check(): Promise<void>
  close(): Promise<void>
}
