import type { ClientRequest } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

/** How long requests are waited for. Milliseconds. */
const arriveMs = 5_000

/** Requests that have begun and are not over. */
export interface RequestsUnderWay {
  readonly begun: (request: ClientRequest) => void
  /** Waits until none is under way to this path any more, or it takes too long. */
  arrived(path: string): Promise<void>
}

/** Keeps account of requests, for those who must know that nothing of theirs is still on its way. */
export function requestsUnderWay(): RequestsUnderWay {
  const underWay = new Set<ClientRequest>()
  return {
    begun(request) {
      underWay.add(request)
      request.once('close', () => underWay.delete(request))
    },
    async arrived(path) {
      const its = [...underWay].filter((request) => pathOf(request) === path)
      if (its.length === 0) return
      const late = new AbortController()
      const over = Promise.all(its.map((request) => new Promise((closed) => request.once('close', closed))))
      await Promise.race([over, pause(arriveMs, undefined, { signal: late.signal }).catch(() => undefined)])
      late.abort()
    },
  }
}

function pathOf({ path }: ClientRequest): string {
  return decodeURIComponent(path.split('?', 1)[0] ?? '')
}
