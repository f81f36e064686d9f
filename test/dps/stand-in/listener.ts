import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { CallbackTokens } from './authorization.ts'
import { callBack } from './callbacks.ts'
import type { DataPlanes } from './data-planes.ts'
import type { Decide, Fault } from './faults.ts'
import type { Ledger } from './ledger.ts'
import { type ManagementAnswer, manage } from './management.ts'
import type { ProcessStore } from './process-store.ts'

/** A callback that came in, for faults. */
export interface Calling {
  readonly kind: string
  readonly processId: string
}

interface Parts {
  readonly key: string
  readonly store: ProcessStore
  readonly dataPlanes: DataPlanes
  readonly ledger: Ledger
}

/** The HTTP side of a control plane: where data planes call back, and its Management API. It keeps its port. */
export class Listener {
  readonly #parts: Parts
  readonly #server = createServer((request, response) => void this.#handle(request, response))
  #tokens = new CallbackTokens()
  #mountedAt = 0
  #port = 0
  onCallback: Decide<Calling> = () => undefined
  onManagement: Decide<{ readonly call: string }> = () => undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Listens at a free port of 127.0.0.1; after `close`, at the same one again. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.#port, '127.0.0.1', resolve)
    })
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  /** Listens again as a new process does: the Management API answers 405 for a while, and no token was ever seen. */
  async listenAnew(mountMs: number): Promise<void> {
    this.#tokens = new CallbackTokens()
    this.#mountedAt = performance.now() + mountMs
    await this.listen()
  }

  /** A call of the Management API by its path below `/management`, without a key. */
  manage(method: string, path: string, body: unknown): ManagementAnswer {
    const participants = { provider: 'provider', consumer: 'consumer' }
    return manage({ ...this.#parts, participants }, method, path, body)
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost')
      const body = await text(request)
      const callback = /^\/api\/signaling\/transfers\/([^/]+)\/dataflow\/([a-z]+)$/.exec(pathname)
      if (callback?.[1] !== undefined && callback[2] !== undefined)
        await this.#callback(request, response, { processId: decodeURIComponent(callback[1]), kind: callback[2] }, body)
      else if (pathname.startsWith('/management/')) await this.#management(request, response, pathname, body)
      else send(response, 404)
    } catch (error) {
      if (!response.headersSent) send(response, 500, [{ message: String(error) }])
    }
  }

  async #callback(request: IncomingMessage, response: ServerResponse, calling: Calling, body: string): Promise<void> {
    if (request.method !== 'POST') return send(response, 405)
    const fault = this.onCallback(calling)
    if (await happened(fault, request, response)) return
    const { authorization } = request.headers
    const at = performance.now()
    const answer = await callBack({ ...this.#parts, tokens: this.#tokens }, { ...calling, text: body, authorization })
    const { status, effect } = answer
    this.#parts.ledger.callbacks.push({ ...calling, status, effect, body: readable(body), authorization, at })
    if (fault === 'cut-after') request.socket.destroy()
    else send(response, status, answer.body)
  }

  async #management(request: IncomingMessage, response: ServerResponse, pathname: string, body: string): Promise<void> {
    const path = pathname.slice('/management'.length)
    const call = `${request.method} ${path}`
    const fault = this.onManagement({ call })
    if (await happened(fault, request, response)) return
    const answer = this.#managed(request, path, body)
    this.#parts.ledger.management.push({ call, status: answer.status, body: readable(body) })
    if (fault === 'cut-after') request.socket.destroy()
    else send(response, answer.status, answer.body)
  }

  #managed(request: IncomingMessage, path: string, body: string): ManagementAnswer {
    if (performance.now() < this.#mountedAt) return { status: 405 }
    if (request.headers['x-api-key'] !== this.#parts.key)
      return { status: 401, body: [{ message: 'Request could not be authenticated', type: 'AuthenticationFailed' }] }
    return this.manage(request.method ?? '', path, readable(body))
  }
}

/** Whether the fault settled the exchange before it was looked at; a late one is only waited for. */
async function happened(
  fault: Fault | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (fault === 'cut-before') {
    request.socket.destroy()
    return true
  }
  if (typeof fault !== 'object') return false
  if ('lateMs' in fault) {
    await pause(fault.lateMs)
    return false
  }
  response.writeHead(fault.status).end(fault.body)
  return true
}

/** JSON where it is JSON, else as it came; undefined where there was nothing. */
function readable(body: string): unknown {
  if (body === '') return undefined
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

function send(response: ServerResponse, status: number, body?: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}
