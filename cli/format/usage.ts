import type { ShownTotals } from '../api/usage.ts'
import type { Output } from '../context.ts'
import { formatBytes } from './amount.ts'
import { table } from './table.ts'

const right = 'right' as const

/** Usage by group, a line each; times in hours. */
export function usageTable(by: string, groups: readonly ShownTotals[], out: Output): string {
  const columns = [
    { head: by.toUpperCase(), shrinkTo: 12 },
    ...['SUCCEEDED', 'FAILED', 'CANCELLED', 'CPU-H', 'GIB-H', 'GPU-H', 'FETCHED', 'STORED', 'DELIVERED'].map(
      (head) => ({ head, align: right }),
    ),
  ]
  const rows = groups.map((group) => [
    group.key ?? (by === 'all' ? 'all' : '-'),
    String(group.jobs.succeeded),
    String(group.jobs.failed),
    String(group.jobs.cancelled),
    hours(group.cpuSeconds),
    hours(group.memoryGibSeconds),
    hours(group.gpuSeconds),
    formatBytes(group.fetchedBytes),
    formatBytes(group.storedBytes),
    formatBytes(group.deliveredBytes),
  ])
  return table(columns, rows, out)
}

function hours(seconds: number): string {
  return (seconds / 3600).toFixed(3)
}
