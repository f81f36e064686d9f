import { createServer, type IncomingMessage, request as plainRequest, type ServerResponse } from 'node:http'
import { request as secureRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { nameOfCall } from './call-names.ts'
import { type Dependency, type Fault, faultName, type FaultPlan, type HttpDependency } from './fault.ts'

/** Where calls go on to, and what they need there. */
export interface Target {
  /** Base address. */
  readonly url: string
  /** Sent with each call, in place of what came. */
  readonly headers?: Readonly<Record<string, string>>
  /** Certificates for an address with https. */
  readonly tls?: object
}

/** Stands between the service and one part that it needs, and lets calls go wrong as a plan says. */
export interface FaultProxy {
  readonly dependency: Dependency
  /** `http://host:port`; of a database its whole address, by which the service reaches it through here. */
  readonly url: string
  /** How many calls of each name came. */
  readonly calls: ReadonlyMap<string, number>
  /** How many faults of each kind happened, by `name: fault`. */
  readonly faults: ReadonlyMap<string, number>
  /** What goes wrong from now on. */
  plan: FaultPlan
  /** Nothing goes through and nothing is answered, and no connection is closed, until `heal`. */
  silence(): void
  /** Cuts every connection there is, also those of a watch. */
  cutAll(): void
  /** Nothing goes wrong any more; what hangs is cut. */
  heal(): void
  close(): Promise<void>
}

/** Starts one. @param host an address of this machine that whoever calls reaches */
export async function startFaultProxy(
  dependency: HttpDependency,
  target: Target,
  host = '127.0.0.1',
): Promise<FaultProxy> {
  const calls = new Map<string, number>()
  const faults = new Map<string, number>()
  const held = new Set<ServerResponse>()
  let silent = false
  let plan: FaultPlan = () => undefined

  const hold = (response: ServerResponse): void => {
    held.add(response)
    response.once('close', () => held.delete(response))
  }

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = nameOfCall(dependency, request)
    const index = calls.get(name) ?? 0
    calls.set(name, index + 1)
    const body = await readAll(request)
    const fault = silent ? ({ kind: 'hang' } as const) : plan({ dependency, name, index })
    if (fault !== undefined) {
      const kind = `${name}: ${faultName(fault)}`
      faults.set(kind, (faults.get(kind) ?? 0) + 1)
    }
    switch (fault?.kind) {
      case 'hang':
        return hold(response)
      case 'reset':
        return cut(response)
      case 'answer':
        return answerTrouble(dependency, response, fault.status, fault.retryAfter)
      case 'slow':
        await pause(fault.ms)
        break
      default:
        break
    }
    const answer = await forward(target, request, body)
    await handBack(answer, response, fault)
  }

  async function handBack(answer: IncomingMessage, response: ServerResponse, fault: Fault | undefined): Promise<void> {
    const status = answer.statusCode ?? 502
    response.once('close', () => answer.destroy())
    if (fault?.kind === 'lost' && status < 300) {
      await readAll(answer)
      if (fault.instead === 'reset') return cut(response)
      if (fault.instead === 'nothing') return hold(response)
      return answerTrouble(dependency, response, fault.instead)
    }
    response.writeHead(status, answer.headers)
    response.flushHeaders()
    if (fault?.kind === 'truncated') {
      const whole = await Promise.race([readAll(answer), pause(300, Buffer.from('{"type":"MODI'))]) // a watch never ends
      response.write(whole.subarray(0, whole.length >> 1), () => cut(response))
      return undefined
    }
    answer.on('error', () => response.destroy())
    answer.pipe(response)
    return undefined
  }

  const server = createServer((request, response) => {
    response.on('error', () => undefined)
    pass(request, response).catch(() => cut(response))
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return {
    dependency,
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    calls,
    faults,
    get plan() {
      return plan
    },
    set plan(next) {
      plan = next
    },
    silence() {
      silent = true
    },
    cutAll: () => server.closeAllConnections(),
    heal() {
      silent = false
      plan = () => undefined
      for (const response of held) cut(response)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function forward(target: Target, request: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
  const { hostname, port, protocol } = new URL(target.url)
  const { connection: _, 'transfer-encoding': __, expect: ___, ...headers } = request.headers
  const send = protocol === 'https:' ? secureRequest : plainRequest
  return new Promise((resolve, reject) => {
    const onward = send(
      {
        hostname,
        port,
        method: request.method,
        path: request.url,
        headers: { ...headers, ...target.headers, ...(body.length > 0 ? { 'content-length': body.length } : {}) },
        agent: false, // a connection of its own: none that was cut before is in the way
        ...target.tls,
      },
      resolve,
    )
    onward.on('error', reject)
    onward.end(body)
  })
}

function cut(response: ServerResponse): void {
  if (response.socket === null) response.destroy()
  else response.socket.resetAndDestroy()
}

/** An error as something on the way answers it, or the part itself. */
function answerTrouble(
  dependency: HttpDependency,
  response: ServerResponse,
  status: number,
  retryAfter?: number,
): void {
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
  const [type, body] = troubleBody(dependency, status)
  response.writeHead(status, { ...headers, 'content-type': type }).end(body)
}

function troubleBody(dependency: HttpDependency, status: number): readonly [type: string, body: string] {
  if (status === 502 || status === 404) return ['text/html', '<html><body>trouble in between</body></html>']
  switch (dependency) {
    case 'kubernetes': {
      const reason = { 401: 'Unauthorized', 409: 'Conflict', 429: 'TooManyRequests' }[status] ?? 'InternalError'
      return [
        'application/json',
        JSON.stringify({ kind: 'Status', status: 'Failure', reason, message: `injected ${status}`, code: status }),
      ]
    }
    case 'connector':
      return [
        'application/json',
        JSON.stringify([{ message: `injected ${status}`, type: 'Injected', path: null, invalidValue: null }]),
      ]
    case 'store':
    case 'pod-store': {
      const code =
        { 409: 'OperationAborted', 429: 'SlowDown', 503: 'SlowDown', 403: 'InvalidAccessKeyId' }[status] ??
        'InternalError'
      return ['application/xml', `<Error><Code>${code}</Code><Message>injected ${status}</Message></Error>`]
    }
  }
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}
