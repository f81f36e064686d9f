import { ServiceError } from '../../core/errors.ts'

/** Does some work unless too much is under way. */
export interface Shedding {
  <T>(work: () => Promise<T>): Promise<T>
  /** How much is under way. */
  readonly underWay: () => number
}

/**
 * Most messages of connectors that may wait for the store at once, and how long one may wait, in milliseconds. A message takes
 * milliseconds; where these do not do, the store is in trouble, and a connector that is told so asks again, while one that hears nothing
 * keeps a connection.
 */
export const messageLoad = { most: 256, deadlineMs: 8_000 }

/**
 * Bounds work that must not pile up: what is too much, or takes too long, is answered 503 with a time to come back. Work that takes too long goes
 * on, and counts until it is done: so a store that hangs is not given more. Doing it again must be harmless.
 * @throws ServiceError `not-ready`
 */
export function shedding({ most, deadlineMs }: { readonly most: number; readonly deadlineMs: number }): Shedding {
  let underWay = 0
  const within = async <T>(work: () => Promise<T>): Promise<T> => {
    if (underWay >= most) throw new ServiceError('not-ready', 'Too many messages are under way at this moment.')
    underWay += 1
    const done = work().finally(() => (underWay -= 1))
    done.catch(() => undefined) // where nobody waits for it any more
    let timer: NodeJS.Timeout | undefined
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new ServiceError('not-ready', 'The message could not be kept in time.')),
        deadlineMs,
      )
    })
    try {
      return await Promise.race([done, tooLate])
    } finally {
      clearTimeout(timer)
    }
  }
  return Object.assign(within, { underWay: () => underWay })
}
