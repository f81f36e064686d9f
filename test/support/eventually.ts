/** What a condition says: done with a value, or not yet, with the reason a reader sees when the deadline passes. */
export type Outcome<T> = { readonly done: T } | { readonly pending: string }

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
    const outcome = await condition()
    if ('done' in outcome) return outcome.done
    if (performance.now() > end) throw new Error(`${what}: not within ${deadlineMs} ms; ${outcome.pending}`)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}
