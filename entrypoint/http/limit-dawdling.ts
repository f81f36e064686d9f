import type { Server } from 'node:http'

/** Longest time for what still comes of a request after its answer, in milliseconds. Who sends a large body may only look for the answer behind it. */
const drainMs = 30_000
/** Longest time for which nothing is taken of an answer that is written to its end, in milliseconds. */
const takenMs = 60_000

/** How long requests may be on their way. */
export interface Patience {
  /** How long a request may take from its headers to its end, in milliseconds. */
  readonly requestTimeout: number
  /** Whether a request, by its address, may take longer: for as long as somebody reads it who has not answered yet. */
  readonly patient: (url: string) => boolean
}

/**
 * Sees to it that nobody keeps a connection by dawdling: by a body that does not come to its end before the answer (it is answered as a request
 * that Node finds too late) or goes on after it, or by not taking the answer. In the place of Node's `requestTimeout`, which holds for all
 * requests or for none.
 */
export function limitDawdling(server: Server, { requestTimeout, patient }: Patience): void {
  server.prependListener('request', (request, response) => {
    const { socket } = request
    const maybePatient = patient(request.url ?? '')
    const strike = (): void => {
      if (request.complete || socket.destroyed) return
      if (response.writableFinished) socket.destroy()
      else if (maybePatient && !response.headersSent && request.readableFlowing !== null) timer.refresh()
      else server.emit('clientError', new LateRequest(), socket)
    }
    let timer = setTimeout(strike, requestTimeout).unref()
    // A request is closed also where its reader stops before its end: what still comes of it is not read, but it comes.
    request.once('close', () => {
      if (request.complete || socket.destroyed) clearTimeout(timer)
    })
    response.once('finish', () => {
      clearTimeout(timer)
      if (!request.complete) timer = setTimeout(strike, Math.min(drainMs, requestTimeout)).unref()
    })
    response.setTimeout(Math.min(takenMs, 2 * requestTimeout), () => {
      if (response.writableEnded) socket.destroy()
    })
  })
}

/** What Node makes of such a request. */
class LateRequest extends Error {
  readonly code = 'ERR_HTTP_REQUEST_TIMEOUT'
}
