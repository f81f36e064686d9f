/** The longest pause that another side may ask of us, in milliseconds: longer ones count as this. */
const longestPauseMs = 300_000

/** An error that tells how long the other side wants to be left alone. */
interface AskedPause {
  /** Milliseconds. */
  readonly retryAfterMs: number
}

/**
 * Reads the header `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3).
 * @param now milliseconds since 1970
 * @returns milliseconds, at most five minutes; `undefined` where the header is absent or says nothing that can be read
 */
export function readRetryAfter(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? ''
  const milliseconds = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : /[a-z]/i.test(text) ? Date.parse(text) - now : NaN
  return Number.isNaN(milliseconds) ? undefined : Math.min(Math.max(milliseconds, 0), longestPauseMs)
}

/**
 * How long an error says to wait, itself or one that caused it.
 * @returns milliseconds, 0 where none says so
 */
export function pauseAskedBy(error: unknown): number {
  for (let one = error, depth = 0; one instanceof Error && depth < 8; one = one.cause, depth += 1)
    if (asksPause(one)) return one.retryAfterMs
  return 0
}

function asksPause(error: Error): error is Error & AskedPause {
  return 'retryAfterMs' in error && typeof error.retryAfterMs === 'number'
}
