import { setTimeout } from 'node:timers/promises'
import { ServiceError } from '../../core/errors.ts'

/** Does some work unless too much is under way. */
export type Shedding = <T>(work: () => Promise<T>) => Promise<T>

/**
 * Bounds work that must not pile up: what is too much, or takes too long, is answered 503 with a time to come back. Work that takes too long goes
 * on, and counts until it is done: so a store that hangs is not given more. Doing it again must be harmless.
 * @throws ServiceError `not-ready`
 */
export function shedding({ most, deadlineMs }: { readonly most: number; readonly deadlineMs: number }): Shedding {
  let underWay = 0
  return async (work) => {
    if (underWay >= most) throw new ServiceError('not-ready', 'Too many messages are under way at this moment.')
    underWay += 1
    const done = work().finally(() => (underWay -= 1))
    done.catch(() => undefined) // where nobody waits for it any more
    const deadline = new AbortController()
    try {
      return await Promise.race([done, tooLate(deadlineMs, deadline.signal)])
    } finally {
      deadline.abort()
    }
  }
}

async function tooLate(ms: number, signal: AbortSignal): Promise<never> {
  await setTimeout(ms, undefined, { signal }).catch(() => undefined)
  throw new ServiceError('not-ready', 'The message could not be kept in time.')
}
