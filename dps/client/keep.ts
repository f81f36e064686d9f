import { setTimeout as pause } from 'node:timers/promises'
import { type Backoff, backoffMs } from './backoff.ts'
import type { Outcome } from './send.ts'

/** How a registration is kept up. */
export interface KeepingOptions extends Backoff {
  /**
   * How often it is registered again, in milliseconds. A control plane without a database has forgotten us after a restart, and offers
   * nothing of ours until we come again. Default: 60,000.
   */
  readonly everyMs?: number
  /** Told of every attempt. */
  readonly onOutcome?: (outcome: Outcome) => void
}

/** A registration that is kept up. */
export interface KeptRegistration {
  /** Registers at once, for example after a 401 to a notice: the control plane may have been restarted. */
  again(): void
  /** Ends it; the registration stays. Resolves when no request is under way any more. */
  stop(): Promise<void>
}

/** Registers again and again until it is stopped. A registration keeps no program alive. */
export function kept(
  register: () => Promise<Outcome>,
  { everyMs = 60_000, onOutcome, ...backoff }: KeepingOptions,
): KeptRegistration {
  const stopping = new AbortController()
  const { signal: stopped } = stopping
  let wake = new AbortController()
  let asked = false
  const run = async (): Promise<void> => {
    let failures = 0
    while (!stopped.aborted) {
      asked = false
      const outcome = await register()
      onOutcome?.(outcome)
      failures = outcome.outcome === 'taken' ? 0 : failures + 1
      if (stopped.aborted || asked) continue
      wake = new AbortController()
      const ms = failures === 0 ? everyMs : Math.min(everyMs, backoffMs(failures, backoff, Math.random()))
      await pause(ms, undefined, { signal: wake.signal, ref: false }).catch((error: unknown) => {
        if (!wake.signal.aborted) throw error
      })
    }
  }
  const running = run()
  const again = (): void => {
    asked = true
    wake.abort()
  }
  return {
    again,
    async stop() {
      stopping.abort()
      again()
      await running
    },
  }
}
