import { setTimeout as pause } from 'node:timers/promises'

/** What a condition says: done with a value, or not yet, with the reason a reader sees when the deadline passes. */
export type Outcome<T> = { readonly done: T } | { readonly pending: string }

/** A look that began before the deadline may take this much longer than it: a busy machine is no reason to fail, one that never answers is. */
const graceMs = 60_000

/**
 * Asks again until the condition holds, and returns its value. An error thrown by the condition ends the waiting at once.
 * @param what what is waited for, for the message of the error thrown at the deadline
 * @param deadlineMs how long at most, in milliseconds
 * @param pauseMs between two questions
 */
export async function eventually<T>(
  what: string,
  condition: () => Promise<Outcome<T>> | Outcome<T>,
  { deadlineMs = 30_000, pauseMs = 25 }: { deadlineMs?: number; pauseMs?: number } = {},
): Promise<T> {
  const end = performance.now() + deadlineMs
  for (;;) {
    const outcome = await answered(condition, Math.max(end - performance.now(), 0) + graceMs)
    if ('done' in outcome) return outcome.done
    if (performance.now() > end) throw new Error(`${what}: not within ${deadlineMs} ms; ${outcome.pending}`)
    await pause(pauseMs)
  }
}

/** What the condition says, or that it said nothing for so long. */
async function answered<T>(condition: () => Promise<Outcome<T>> | Outcome<T>, ms: number): Promise<Outcome<T>> {
  const settled = new AbortController()
  const silence = pause(ms, { pending: `whoever was asked gave no answer within ${ms} ms` }, { signal: settled.signal })
  silence.catch(() => undefined) // aborted below
  try {
    return await Promise.race([condition(), silence])
  } finally {
    settled.abort()
  }
}
