/** What a row of measurements comes to, in the unit they were taken in. */
export interface Samples {
  readonly count: number
  readonly least: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly most: number
}

/** Sums measurements up. @throws Error where there are none: a benchmark that measured nothing has failed */
export function samplesOf(values: readonly number[]): Samples {
  return {
    count: values.length,
    least: quantile(values, 0),
    p50: median(values),
    p90: quantile(values, 0.9),
    p99: quantile(values, 0.99),
    most: quantile(values, 1),
  }
}

/** The value in the middle; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = inOrder(values)
  const half = Math.floor(sorted.length / 2)
  const upper = sorted[half] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2
}

/** The smallest value that at least the share `q` of all values does not exceed (nearest rank): never one that was not measured. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = inOrder(values)
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0
}

function inOrder(values: readonly number[]): readonly number[] {
  if (values.length === 0) throw new Error('nothing was measured')
  return values.toSorted((a, b) => a - b)
}
