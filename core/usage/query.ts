import type { Amounts, UsageRecord } from './record.ts'

/** Of which jobs and of which time. */
export interface UsageFilter {
  readonly agreementId?: string
  readonly assetId?: string
  readonly consumerId?: string
  /** Over not before, milliseconds since 1970. */
  readonly from?: number
  /** Over before, milliseconds since 1970. */
  readonly to?: number
}

/** What usage can be summed up by. */
export const usageGroups = ['agreement', 'asset', 'consumer', 'all'] as const
/** One of them. */
export type UsageGroup = (typeof usageGroups)[number]

/** Sums of one group. */
export interface UsageTotals extends Amounts {
  /** The group's agreement, asset or consumer; `null` for all, and for jobs that were never verified. */
  readonly key: string | null
  readonly succeeded: number
  readonly failed: number
  readonly cancelled: number
  readonly attempts: number
}

/** Where a page of records begins: behind this one. */
export type UsagePlace = Pick<UsageRecord, 'at' | 'jobId' | 'kind' | 'number'>

/** Bytes that were given to a consumer. */
export interface Delivered {
  readonly jobId: string
  readonly bytes: number
  readonly deliveries: number
  /** Milliseconds since 1970. */
  readonly at: number
}
