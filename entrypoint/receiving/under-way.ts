/** What this process is fetching, so that a suspension reaches it at once. */
export interface UnderWay {
  /** Runs work that ends early when it is stopped. */
  run<T>(id: string, work: (signal: AbortSignal) => Promise<T>): Promise<T>
  /** Ends the work on one reception, where this process is at it. */
  stop(id: string): void
  /** Ends everything, and whatever begins from now on. */
  close(): void
}

/** Nothing is under way yet. */
export function underWay(): UnderWay {
  const running = new Map<string, AbortController>()
  const closed = new AbortController()
  return {
    async run(id, work) {
      const own = new AbortController()
      running.set(id, own)
      try {
        return await work(AbortSignal.any([own.signal, closed.signal]))
      } finally {
        if (running.get(id) === own) running.delete(id)
      }
    },
    stop(id) {
      running.get(id)?.abort()
    },
    close() {
      closed.abort()
    },
  }
}
