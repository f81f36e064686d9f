import { setTimeout as pause } from 'node:timers/promises'
import { backoff } from '../core/backoff.ts'
import { pauseAskedBy } from '../core/retry-after.ts'

/** Something failed that may go well when it is tried again: no connection, a reset, a pause of the server. */
export class TransientError extends Error {
  override readonly name = 'TransientError'
  /** How long the other side wants to be left alone, in milliseconds; 0 where it does not say. */
  readonly retryAfterMs: number

  constructor(message: string, options: { readonly cause?: unknown; readonly retryAfterMs?: number | undefined } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.retryAfterMs = options.retryAfterMs ?? 0
  }
}

/** For how long to try again. */
export interface RetryRules {
  /** How long after the first failure the last try may begin, in milliseconds. */
  readonly patienceMs: number
  /** The longest pause between two tries, in milliseconds. */
  readonly longestPauseMs: number
  /** The most tries altogether; without it only time counts. */
  readonly tries?: number
}

/**
 * Does something until it goes well, fails for good, or the rules say that it was enough.
 * @param attempt is told how often it was tried before
 * @param onRetry is told why and after how many milliseconds it is tried again
 * @throws the last error: a TransientError where patience ended; the signal's reason where it was aborted
 */
export async function withRetries<T>(
  attempt: (triedBefore: number) => Promise<T>,
  rules: RetryRules,
  signal: AbortSignal,
  onRetry: (error: TransientError, pauseMs: number) => void = () => undefined,
): Promise<T> {
  let firstFailure: number | undefined
  for (let tried = 0; ; tried++) {
    signal.throwIfAborted()
    try {
      return await attempt(tried)
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof TransientError)) throw error
      firstFailure ??= performance.now()
      const pauseMs = Math.max(Math.min(backoff(tried + 1, Math.random()), rules.longestPauseMs), pauseAskedBy(error))
      const late = performance.now() + pauseMs > firstFailure + rules.patienceMs
      if (late || (rules.tries !== undefined && tried + 1 >= rules.tries)) throw error
      onRetry(error, pauseMs)
      await pause(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }
}
