/** What every usage record says: which job it is of, and for whom that ran. */
export interface UsageSubject {
  readonly jobId: string
  readonly assetId: string
  /** `null` where the job was never verified. */
  readonly assetVersion: string | null
  readonly agreementId: string | null
  readonly consumerId: string | null
  /** `null` of a job that an operator had run. */
  readonly connectorId: string | null
}

/** What was used. Seconds are requested amounts times the worker's time. */
export interface Amounts {
  /** Cores times seconds. */
  readonly cpuSeconds: number
  /** GiB times seconds. */
  readonly memoryGibSeconds: number
  /** Devices times seconds. */
  readonly gpuSeconds: number
  /** Inputs that the sidecar fetched. */
  readonly fetchedBytes: number
  /** What was stored of outputs. */
  readonly storedBytes: number
  /** What the gateway gave to consumers. */
  readonly deliveredBytes: number
  /** Answers in which it did. */
  readonly deliveries: number
}

/** Nothing at all. */
export const nothingUsed: Amounts = {
  cpuSeconds: 0,
  memoryGibSeconds: 0,
  gpuSeconds: 0,
  fetchedBytes: 0,
  storedBytes: 0,
  deliveredBytes: 0,
  deliveries: 0,
}

/** How a job or an attempt ended. */
export type UsageOutcome = 'succeeded' | 'failed' | 'cancelled'

interface RecordCommon extends UsageSubject, Amounts {
  /** When it was over, milliseconds since 1970; of deliveries the last one. */
  readonly at: number
}

/** One attempt: its worker's time and what it moved. Times are milliseconds since 1970. */
export interface AttemptUsage extends RecordCommon {
  readonly kind: 'attempt'
  /** The attempt, from 1. */
  readonly number: number
  readonly outcome: UsageOutcome
  readonly cause?: string
  readonly startedAt: number
  readonly workerStartedAt?: number
  readonly workerEndedAt?: number
  /** Set where nobody saw the worker end: its time then goes to when that was noticed. */
  readonly estimated?: true
}

/** The end of a job; it counts jobs, also those that never had an attempt. */
export interface JobUsage extends RecordCommon {
  readonly kind: 'job'
  readonly number: 0
  readonly outcome: UsageOutcome
  /** The cause of failure, or who cancelled. */
  readonly cause?: string
}

/** What the gateway delivered of a job's result on one day. */
export interface DeliveryUsage extends RecordCommon {
  readonly kind: 'delivery'
  /** The day: days since 1970, UTC. */
  readonly number: number
}

/** A usage record. It is kept for good: also when the job itself is forgotten. */
export type UsageRecord = AttemptUsage | JobUsage | DeliveryUsage
