import { setTimeout as pause } from 'node:timers/promises'
import type { EngineParts } from './parts.ts'
import { sweepBundles, type Unclaimed } from './sweep-bundles.ts'
import { sweepOrphans } from './sweep.ts'

/** A sweep that comes again and again. */
export interface Sweeper {
  /** No further round; waits for the one under way. */
  stop(): Promise<void>
}

/**
 * Sweeps now and then, for ever. Several replicas may do so at once: each step of a sweep may be repeated, and one that somebody else
 * was quicker with changes nothing.
 * @param intervalMs between two rounds; the first comes after a part of it, so that replicas do not all come at once
 */
export function startSweeper(parts: EngineParts, intervalMs: number): Sweeper {
  const stop = new AbortController()
  const rest = (milliseconds: number): Promise<void> =>
    pause(milliseconds, undefined, { signal: stop.signal }).catch(() => undefined) // ended early
  const unclaimed: Unclaimed = new Map()
  const run = async (): Promise<void> => {
    await rest(intervalMs * parts.random())
    while (!stop.signal.aborted) {
      try {
        await sweepOrphans(parts)
        await sweepBundles(parts, unclaimed)
      } catch (error) {
        parts.logger.warn('a sweep could not be finished', { error })
      }
      await rest(intervalMs * (0.9 + parts.random() * 0.2))
    }
  }
  const ran = run()
  return {
    async stop() {
      stop.abort()
      await ran
    },
  }
}
