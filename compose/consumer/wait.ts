/** Between two questions, in milliseconds. */
const pauseMs = 250

/**
 * Asks until there is an answer.
 * @param what what is waited for, for the error at the deadline
 * @param ask gives undefined as long as there is none
 */
export async function waitFor<T>(what: string, deadlineMs: number, ask: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + deadlineMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > end) throw new Error(`${what}: not within ${deadlineMs / 1000} s`)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}
