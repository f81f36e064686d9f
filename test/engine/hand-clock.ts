import type { Clock } from '../../core/ports/clock.ts'

/** A clock that stands still until it is set: the only time that the engine under test, its backend and its connector know. */
export class HandClock implements Clock {
  #now = Date.UTC(2030, 0, 1)

  now(): number {
    return this.#now
  }

  /** Moves on to a time, milliseconds since 1970. An earlier one changes nothing. */
  advanceTo(time: number): void {
    this.#now = Math.max(this.#now, time)
  }

  /** Jumps by some milliseconds, also back, as a clock does that somebody sets. */
  jump(milliseconds: number): void {
    this.#now += milliseconds
  }
}
