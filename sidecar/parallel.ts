/**
 * Does the same for every item, at most `limit` at a time. After the first failure no further item is begun, those under way are
 * told by their signal, and only when all have ended does it throw that first failure: nothing goes on behind the caller's back.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  limit: number,
  signal: AbortSignal,
  run: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const first = new AbortController()
  const both = AbortSignal.any([signal, first.signal])
  const queue = items[Symbol.iterator]()
  let failure: { readonly error: unknown } | undefined
  const lane = async () => {
    while (!both.aborted) {
      const next = queue.next()
      if (next.done === true) return
      try {
        await run(next.value, both)
      } catch (error) {
        failure ??= { error }
        first.abort(error)
      }
    }
  }
  await Promise.all(Array.from({ length: limit }, lane))
  if (failure !== undefined) throw failure.error
  signal.throwIfAborted()
}
