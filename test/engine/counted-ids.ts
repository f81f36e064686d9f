import type { Ids } from '../../core/ports/clock.ts'

/** Ids in the form of UUIDs that only count up, so that a run can be repeated exactly. */
export function countedIds(): Ids {
  let last = 0
  return {
    next() {
      last += 1
      return `00000000-0000-4000-8000-${last.toString(16).padStart(12, '0')}`
    },
  }
}
