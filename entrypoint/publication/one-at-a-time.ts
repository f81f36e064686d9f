const last = new Map<string, Promise<unknown>>()

/** Runs what has the same key one after the other, in the order in which it was asked for. */
export async function oneAtATime<T>(key: string, run: () => Promise<T>): Promise<T> {
  const mine = (last.get(key) ?? Promise.resolve()).then(run, run)
  last.set(key, mine)
  try {
    return await mine
  } finally {
    if (last.get(key) === mine) last.delete(key)
  }
}
