import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { z } from 'zod'

const started = z.object({ request: z.object({ method: z.string(), url: z.string() }) })
const channel = 'http.server.request.start'

/** Callbacks as they arrive at a connector in this process. */
export interface CallbackWatch {
  /** When the first callback for a transfer process arrived, by the process's id: milliseconds since 1970. */
  readonly first: ReadonlyMap<string, number>
  close(): void
}

/** Notes callbacks from now on. Node tells of each request when its head is there, before the connector does anything with it. */
export function watchCallbacks(): CallbackWatch {
  const first = new Map<string, number>()
  const note = (message: unknown): void => {
    const at = performance.timeOrigin + performance.now()
    const { method, url } = started.parse(message).request
    const processId = method === 'POST' ? /\/callback\/([^/]+)\/provision$/.exec(url)?.[1] : undefined
    if (processId !== undefined && !first.has(processId)) first.set(processId, at)
  }
  subscribe(channel, note)
  return { first, close: () => unsubscribe(channel, note) }
}
