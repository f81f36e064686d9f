/** How long it is waited between attempts. */
export interface Backoff {
  /** After the first failure, in milliseconds; doubled with each. Default: 1,000, for EDC needs that long to store the answer to a start. */
  readonly firstMs?: number
  /** At most, in milliseconds. Default: 60,000. */
  readonly longestMs?: number
}

/**
 * How long to wait after a failure, of which a random part between half and all, so that many do not come back in one moment.
 * @param failures how often it failed in a row, from 1
 * @param random a number from 0 up to 1
 * @returns milliseconds
 */
export function backoffMs(failures: number, { firstMs = 1_000, longestMs = 60_000 }: Backoff, random: number): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 30))
  return Math.round(full / 2 + (full / 2) * random)
}
