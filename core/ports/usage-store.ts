import type { Delivered, UsageFilter, UsageGroup, UsagePlace, UsageTotals } from '../usage/query.ts'
import type { UsageRecord } from '../usage/record.ts'

/** Usage records. That of an attempt comes with `Change.usage`; that of a job's end every commit writes that ends one, by itself. */
export interface UsageStore {
  /** Counts what the gateway delivered, by job and day. Jobs that are not there (any more) are passed over. */
  addDeliveries(delivered: readonly Delivered[]): Promise<void>
  /** Sums by group, in order of keys; at most `limit` groups from behind `after`. Groups of jobs that were never verified have the key `null` and come first. */
  usageTotals(
    filter: UsageFilter,
    group: UsageGroup,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly UsageTotals[]>
  /** Records in order of (at, jobId, kind, number). */
  usageRecords(
    filter: UsageFilter,
    page: { readonly after?: UsagePlace; readonly limit: number },
  ): Promise<readonly UsageRecord[]>
}
