import type { UsageTotals } from '../../core/usage/query.ts'
import type { UsageOutcome, UsageRecord } from '../../core/usage/record.ts'
import type { Row } from './rows.ts'

/** A usage record from its row; columns have the same names in both databases. */
export function usageRecordOf(row: Readonly<Record<string, unknown>>): UsageRecord {
  const number = (column: string): number => Number(row[column] ?? 0)
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
    cpuSeconds: number('cpu_seconds'),
    memoryGibSeconds: number('memory_gib_seconds'),
    gpuSeconds: number('gpu_seconds'),
    fetchedBytes: number('fetched_bytes'),
    storedBytes: number('stored_bytes'),
    deliveredBytes: number('delivered_bytes'),
    deliveries: number('deliveries'),
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
  const number = (column: string): number => Number(row[column] ?? 0)
  return {
    key: row['key'] === null ? null : String(row['key']),
    succeeded: number('succeeded'),
    failed: number('failed'),
    cancelled: number('cancelled'),
    attempts: number('attempts'),
    cpuSeconds: number('cpu_seconds'),
    memoryGibSeconds: number('memory_gib_seconds'),
    gpuSeconds: number('gpu_seconds'),
    fetchedBytes: number('fetched_bytes'),
    storedBytes: number('stored_bytes'),
    deliveredBytes: number('delivered_bytes'),
    deliveries: number('deliveries'),
  }
}
