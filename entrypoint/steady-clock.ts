import type { Clock } from '../core/ports/clock.ts'
import type { Logger } from '../core/ports/logger.ts'

/** A difference up to this is taken over at once: the machine's clock is kept right in such steps. Milliseconds. */
const followedMs = 1_000
/** For how long a larger difference must stand before it is believed. Milliseconds. */
const believedMs = 60_000

/**
 * A clock that goes by the machine's, but not along with its jumps: one that is taken back within a minute was none, and nobody's time is up
 * by it. In between, a clock of this process that nobody sets counts on. A difference that stays is the truth: the machine's clock was set,
 * or the machine was asleep.
 * @param wall the machine's clock, milliseconds since 1970
 * @param elapsed milliseconds since some moment, by a clock that cannot be set
 */
export function steadyClock(
  logger: Logger,
  wall: () => number = Date.now,
  elapsed: () => number = () => performance.now(),
): Clock {
  let offset = wall() - elapsed()
  let strange: { readonly by: number; readonly since: number } | undefined
  const goesOnFrom = (passed: number, by: number): void => {
    if (Math.abs(by) <= followedMs) {
      offset += by
      strange = undefined
      return
    }
    // It may drift beside; it is another difference where it jumps once more.
    if (strange === undefined || Math.abs(by - strange.by) > followedMs) {
      logger.warn('the clock jumped', { byMs: Math.round(by), believedAfterMs: believedMs })
      strange = { by, since: passed }
      return
    }
    strange = { by, since: strange.since }
    if (passed - strange.since < believedMs) return
    logger.warn('the clock was set', { byMs: Math.round(by) })
    offset += by
    strange = undefined
  }
  return {
    now() {
      const passed = elapsed()
      goesOnFrom(passed, wall() - passed - offset)
      return Math.round(passed + offset)
    },
  }
}
