import type { UsageFilter, UsagePlace, UsageTotals } from '../../core/usage/query.ts'
import type { UsageOutcome, UsageRecord } from '../../core/usage/record.ts'
import type { Row } from './rows.ts'

const dayMs = 86_400_000

/** The columns of a record in the order of `usageValues`. */
export const usageColumns = `kind, job_id, number, at, asset_id, asset_version, agreement_id, consumer_id, connector_id, outcome, cause,
  started_at, worker_started_at, worker_ended_at, estimated, cpu_seconds, memory_gib_seconds, gpu_seconds,
  fetched_bytes, stored_bytes, delivered_bytes, deliveries`

/** The number of a day, from a moment in milliseconds since 1970: deliveries are counted by job and day. */
export function usageDay(at: number): number {
  return Math.floor(at / dayMs)
}

/** A filter as the statements of both databases take it, `null` for what it does not say. */
export function filterValues({ agreementId, assetId, consumerId, from, to }: UsageFilter) {
  return [agreementId ?? null, assetId ?? null, consumerId ?? null, from ?? null, to ?? null] as const
}

/** Where a page of records begins, as the statements of both databases take it. */
export function placeValues(after: UsagePlace | undefined) {
  return [after?.at ?? null, after?.jobId ?? null, after?.kind ?? null, after?.number ?? null] as const
}

/** A usage record from its row; columns have the same names in both databases. */
export function usageRecordOf(row: Readonly<Record<string, unknown>>): UsageRecord {
  const number = numbersOf(row)
  const text = (column: string): string | null => {
    const value = row[column]
    return typeof value === 'string' ? value : null
  }
  const common = {
    jobId: text('job_id') ?? '',
    at: number('at'),
    assetId: text('asset_id') ?? '',
    assetVersion: text('asset_version'),
    agreementId: text('agreement_id'),
    consumerId: text('consumer_id'),
    connectorId: text('connector_id'),
    ...amountsOf(number),
  }
  const cause = text('cause')
  const ended = () => ({ outcome: outcomeOf(text('outcome')), ...(cause === null ? {} : { cause }) })
  const time = (column: string): number | undefined => (row[column] === null ? undefined : number(column))
  const [workerStartedAt, workerEndedAt] = [time('worker_started_at'), time('worker_ended_at')]
  switch (text('kind')) {
    case 'attempt':
      return {
        ...common,
        ...ended(),
        kind: 'attempt',
        number: number('number'),
        startedAt: number('started_at'),
        ...(workerStartedAt === undefined ? {} : { workerStartedAt }),
        ...(workerEndedAt === undefined ? {} : { workerEndedAt }),
        ...(number('estimated') === 1 ? { estimated: true } : {}),
      }
    case 'job':
      return { ...common, ...ended(), kind: 'job', number: 0 }
    case 'delivery':
      return { ...common, kind: 'delivery', number: number('number') }
    default:
      throw new Error(`the store holds usage of an unknown kind: ${String(row['kind'])}`)
  }
}

function outcomeOf(text: string | null): UsageOutcome {
  if (text === 'succeeded' || text === 'failed' || text === 'cancelled') return text
  throw new Error(`the store holds usage with an unknown outcome: ${String(text)}`)
}

/** A usage record as both databases take it, from its kind to its deliveries in the order of their statements. */
export function usageValues(record: UsageRecord): readonly (string | number | null)[] {
  const times = record.kind === 'attempt' ? record : undefined
  const end = record.kind === 'delivery' ? undefined : record
  return [
    record.kind,
    record.jobId,
    record.number,
    record.at,
    record.assetId,
    record.assetVersion,
    record.agreementId,
    record.consumerId,
    record.connectorId,
    end?.outcome ?? null,
    end?.cause ?? null,
    times?.startedAt ?? null,
    times?.workerStartedAt ?? null,
    times?.workerEndedAt ?? null,
    times?.estimated === true ? 1 : 0,
    record.cpuSeconds,
    record.memoryGibSeconds,
    record.gpuSeconds,
    record.fetchedBytes,
    record.storedBytes,
    record.deliveredBytes,
    record.deliveries,
  ]
}

/** Sums of one group from its row. */
export function usageTotalsOf(row: Row): UsageTotals {
  const number = numbersOf(row)
  return {
    key: row['key'] === null ? null : String(row['key']),
    succeeded: number('succeeded'),
    failed: number('failed'),
    cancelled: number('cancelled'),
    attempts: number('attempts'),
    ...amountsOf(number),
  }
}

type Numbers = (column: string) => number

/** Reads numbers from a row; what is not there is 0. */
function numbersOf(row: Readonly<Record<string, unknown>>): Numbers {
  return (column) => Number(row[column] ?? 0)
}

/** What is counted, of a record or of a group. */
function amountsOf(number: Numbers) {
  return {
    cpuSeconds: number('cpu_seconds'),
    memoryGibSeconds: number('memory_gib_seconds'),
    gpuSeconds: number('gpu_seconds'),
    fetchedBytes: number('fetched_bytes'),
    storedBytes: number('stored_bytes'),
    deliveredBytes: number('delivered_bytes'),
    deliveries: number('deliveries'),
  }
}
