import type { Author } from '../audit/entry.ts'
import type { Before } from '../audit/of-change.ts'
import type { Erasure } from '../audit/of-result.ts'
import type { BundledInput } from '../job/plan.ts'
import type { Job, JobState, Result } from '../job/job.ts'
import type { Transfer } from '../transfer/transfer.ts'
import type { AttemptUsage } from '../usage/record.ts'
import type { AuditStore } from './audit-store.ts'
import type { KeyStore } from './key-store.ts'
import type { ReceptionStore } from './reception-store.ts'
import type { StoredRows } from './stored-rows.ts'
import type { UsageStore } from './usage-store.ts'

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

/**
 * What a callback says. The token is made when it is sent, never stored. `provisioned` is for a provisioner; `started`, `completed` and
 * `errored` are for the control plane of a data flow; `terminate` goes to the Management API of either.
 */
export type CallbackMessage =
  | { readonly kind: 'provisioned' }
  | { readonly kind: 'started' | 'completed' }
  | { readonly kind: 'errored'; readonly reason: string }
  | { readonly kind: 'terminate'; readonly reason: string }

/** A kind of work; the key of an item is the id of a job, transfer, callback, (expire) job, (deliver) transfer or reception. */
export type WorkKind = 'job' | 'transfer' | 'callback' | 'expire' | 'deliver' | 'reception'

/** A claimed item of work. While the lease holds, nobody else gets it. */
export interface WorkItem {
  readonly kind: WorkKind
  readonly key: string
  /** How often it failed in a row. */
  readonly failures: number
  /** Proof of the claim: no two claims of an item have the same. In a shared store a number that rises with every claim. */
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
  /** What came of it, for the audit log. */
  readonly callbackOutcome?: 'delivered' | 'over' | 'refused'
  /** What an attempt used that is over with this change. */
  readonly usage?: AttemptUsage
  /** On whose behalf. @default the service itself */
  readonly by?: Author
  /** Called once the change is on disk, with what it found. */
  readonly seen?: (before: Before) => void
  /** Items that become due no later than said. */
  readonly wake?: readonly DueWork[]
  /**
   * In the name of which claim it is made. Where that has been taken over by somebody else, because its lease ran out, the outcome is
   * `stale`: who was away too long changes nothing any more.
   */
  readonly holder?: WorkItem
  /** Conditions that must hold in the same transaction. */
  readonly require?: SlotRequirement | AgreementRequirement
}

/**
 * Fewer than these many *other* jobs hold a slot: of the asset, for the consumer, in the whole service. A job that takes a slot under
 * this requirement takes a turn: the next number, by which `line` tells whose last turn is longest ago.
 */
export interface SlotRequirement {
  readonly kind: 'slot'
  readonly assetId: string
  readonly limit: number
  readonly consumerId: string
  readonly consumerLimit: number
  readonly totalLimit: number
}

/**
 * Fewer than `limit` other jobs were verified under the agreement for the asset (repetitions by an operator do not count), and fewer
 * than `queuedLimit` other jobs of the consumer are queued.
 */
export interface AgreementRequirement {
  readonly kind: 'agreement'
  readonly assetId: string
  readonly agreementId: string
  readonly limit: number
  readonly consumerId: string
  readonly queuedLimit: number
}

/**
 * `stale`: somebody else changed the job or transfer meanwhile; `unmet`: the requirement does not hold; `queue-full`: all of it holds
 * but `queuedLimit`. Nothing was written in any of these cases.
 */
export type CommitOutcome = 'done' | 'stale' | 'unmet' | 'queue-full'

/** A job that waits for a slot, with what decides whose turn it is. */
export interface Contender {
  readonly jobId: string
  readonly assetId: string
  readonly assetVersion: string
  readonly consumerId: string
  /** Its place among all jobs: lower is older. */
  readonly place: number
  /** Whether it is due and nobody is at it yet: it need not be woken. */
  readonly due: boolean
  /** Jobs of its asset that hold a slot. */
  readonly assetRunning: number
  /** Jobs of its consumer that hold a slot. */
  readonly consumerRunning: number
  /** When the consumer took its last slot, as a number that rises with every slot taken; unset where it took none. */
  readonly lastTurn?: number
}

/** Who waits for a slot, and how many hold one. */
export interface Line {
  /** Jobs that hold a slot. */
  readonly running: number
  /** The oldest waiting jobs of each consumer for each asset, oldest first. */
  readonly contenders: readonly Contender[]
}

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

/** What becomes of a result. Times are milliseconds since 1970. */
export interface ResultMark {
  readonly expiresAt?: number
  readonly removedAt?: number
  /** What was removed, for the audit log. */
  readonly erased?: Erasure
  /** Why, in a few words. */
  readonly reason?: string
  /** On whose behalf. @default the service itself */
  readonly by?: Author
}

/** The transfer that is kept, and whether it came into being just now. */
export interface Accepted {
  readonly transfer: Transfer
  readonly created: boolean
}

/** The durable state of the service. Every write is on disk when its promise resolves. */
export interface Store extends AuditStore, KeyStore, ReceptionStore, UsageStore {
  /** Keeps a new transfer with its job and what is due of them; gives the older one where the same message came before. */
  accept(transfer: Transfer, job: Job, wake: readonly DueWork[]): Promise<Accepted>
  /** The same where a version of the transfer's asset is offered (enabled, not removed), in one look at the database; `undefined` where none is. */
  acceptOffered(transfer: Transfer, job: Job, wake: readonly DueWork[]): Promise<Accepted | undefined>
  job(id: string): Promise<Versioned<Job> | undefined>
  transfer(id: string): Promise<Versioned<Transfer> | undefined>
  /** Every transfer that a connector's transfer process has here. */
  transfersOfProcess(connectorId: string, processId: string): Promise<readonly Transfer[]>
  result(jobId: string): Promise<Result | undefined>
  callback(id: string): Promise<Callback | undefined>
  listJobs(query: JobQuery): Promise<readonly Job[]>
  commit(change: Change): Promise<CommitOutcome>
  /** Sets when a result expires, or that it was removed. A result that was removed, or is not there, stays as it is. */
  markResult(jobId: string, mark: ResultMark): Promise<void>
  /**
   * Removes job, result and (where it serves no other job) transfer from the history. Usage and audit log keep what they tell of it, and the
   * agreement's allowance counts it on.
   * @returns `live` where the job is not over, its result is not removed or its transfer not ended; nothing was removed then
   */
  forgetJob(jobId: string, by?: Author): Promise<'forgotten' | 'live' | 'unknown'>

  /** Makes items due no later than said. */
  wake(items: readonly DueWork[]): Promise<void>
  /**
   * Looks who waits for a slot (`waitsForSlot` in core). A job whose work failed last time is left out, because it comes back by
   * itself and must not keep the slot from others; not `jobId`, though.
   * @param perConsumer most jobs of one consumer for one asset; fewer (but two, where there are two) where so many consumers wait that
   * it would be more than about 64 altogether
   */
  line(now: number, perConsumer: number, jobId?: string): Promise<Line>
  /**
   * Leases items that are due, earliest first.
   * @param now by the caller's clock; a store that several processes share goes by its own
   * @param kinds only items of these kinds; @default of every kind
   */
  claim(now: number, limit: number, leaseMs: number, kinds?: readonly WorkKind[]): Promise<readonly WorkItem[]>
  /** Has the leases of items that are still held last for `leaseMs` from now on. */
  renew(items: readonly WorkItem[], now: number, leaseMs: number): Promise<void>
  /** Gives an item back: due at a time, or done with for good (`undefined`), unless it was woken meanwhile: then it is due at once. */
  finish(item: WorkItem, dueAt: number | undefined, failures: number, now: number): Promise<void>
  /** When the next item is due, of these kinds or of any, `undefined` where none is. */
  nextDue(kinds?: readonly WorkKind[]): Promise<number | undefined>
  /**
   * The clock was set back. What is due at a time of before is due now, and a lease that ends later than one taken now would is nobody's
   * any more (where other processes share the store, it ends as one taken now would): else everything would stand still until the old
   * time comes again. Of expiries, whose times are mostly their own, only those
   * that failed and those due within two minutes of the time of before.
   * @param byMs how far it went back
   */
  clockWentBack(now: number, byMs: number, leaseMs: number): Promise<void>
  /**
   * Takes the leases of a process that is gone, at the start of the only process of a store that is not shared. In a shared one nothing
   * happens: other processes hold leases as well, and those of one that is gone run out.
   */
  releaseLeases(): Promise<void>
  /**
   * Has jobs that are over and cleared up, and receptions whose files were removed, looked at again where nothing is due of them, one after
   * the other from now on (50 a second): a retention that is new holds for them, too.
   * @param what `logs`: only jobs whose logs were not removed; `history`: everything
   */
  wakeEnded(now: number, what: 'logs' | 'history'): Promise<void>

  /** Keeps an asset version; `exists` where there is one already and `replace` was not asked; `in-use` where a job used the one to replace. */
  saveAsset(record: AssetRecord, replace: boolean, by?: Author): Promise<'saved' | 'exists' | 'in-use'>
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
  enableAsset(id: string, enabled: boolean, by?: Author): Promise<void>
  /** Removes every version of an asset from the offer; `live-jobs` where some job of it is not over. */
  removeAsset(id: string, now: number, by?: Author): Promise<'removed' | 'live-jobs' | 'unknown'>
  /** Every asset version that the assets' folder ever gave. */
  directoryAssets(): Promise<readonly DirectoryAsset[]>
  /**
   * Notes that the folder gives an asset version, or gives it no more. One that goes is not offered any more; one that comes back is
   * offered again. One that was there all the time stays paused where an operator paused it.
   */
  markDirectoryAsset(id: string, version: string, present: boolean): Promise<void>

  /** Whether other processes may work on the same state: then there may be work that nobody here has heard of. */
  readonly shared: boolean
  installation: StoredRows['installation']
  rows: StoredRows['rows']
  /** Counts what it holds. */
  figures(now: number): Promise<Figures>
  check(): Promise<void>
  close(): Promise<void>
}
