/** One measurement. */
export interface Point {
  /** Milliseconds since the beginning. */
  readonly at: number
  readonly value: number
}

/** How something that was measured again and again went. */
export interface Trend {
  /** The least of each window, in order: what is left when what is only there for a moment is gone. */
  readonly least: readonly number[]
  /** By how much the least rises in a minute. */
  readonly perMinute: number
}

/**
 * Tells whether something grows, whatever it does in between. The slope is the median of those between any two windows (Theil and Sen), so
 * that no single window has much of a say.
 * @param windows how many of the same length
 * @param length of all of them together, in milliseconds
 * @param skipped windows at the beginning that do not count: whatever is loaded and filled first
 * @throws where a window has no measurement
 */
export function trendOf(points: readonly Point[], windows: number, length: number, skipped: number): Trend {
  const each = length / windows
  const least = Array.from({ length: windows }, (_, window) => {
    const inside = points.filter(({ at }) => at >= window * each && at < (window + 1) * each)
    if (inside.length === 0) throw new Error(`nothing was measured in the window ${window + 1} of ${windows}`)
    return Math.min(...inside.map(({ value }) => value))
  }).slice(skipped)
  const slopes = least.flatMap((one, index) =>
    least.slice(index + 1).map((other, further) => ((other - one) / ((further + 1) * each)) * 60_000),
  )
  return { least, perMinute: median(slopes) }
}

/** The value in the middle, or the mean of the two there. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = 0, high = low] = sorted.length % 2 === 0 ? sorted.slice(middle - 1) : sorted.slice(middle)
  return sorted.length % 2 === 0 ? (low + high) / 2 : low
}
