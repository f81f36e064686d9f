import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { ExecutionContext } from 'ava'
import { eventually } from '../../support/eventually.ts'

/** A signal that a data plane received. */
export interface Received {
  /** The last part of the path: `prepare`, `start`, `started` and so on. */
  readonly kind: string
  readonly processId: string
  readonly body: Readonly<Record<string, unknown>>
  readonly authorization: string | undefined
}

/** What it answers; the body as JSON, or as it is where it is text. */
export interface PlaneAnswer {
  readonly status: number
  readonly body?: unknown
  readonly afterMs?: number
}

/** Answers a signal, perhaps after having done something else first. */
export type Answering = (signal: Received) => PlaneAnswer | Promise<PlaneAnswer>

/** A data plane that does as it is told and remembers all it was sent: a consumer's, or one that misbehaves. */
export interface RecordingPlane {
  readonly id: string
  /** Ends in `/dataflows`, as registrations want it. */
  readonly endpoint: string
  readonly received: readonly Received[]
  of(processId: string, kind?: string): readonly Received[]
  /** Waits for the first signal of that kind for the process; without a process, for any. */
  hears(kind: string, processId?: string, deadlineMs?: number): Promise<Received>
  /** How signals of a kind are answered from now on. */
  answer(kind: string, answering: Answering | PlaneAnswer): void
  registration(transferTypes: readonly string[], more?: Readonly<Record<string, unknown>>): Record<string, unknown>
}

/** Any address: the example of what a data plane gives. */
export const exampleAddress = {
  '@type': 'DataAddress',
  endpointType: 'https://w3id.org/idsa/v4.1/HTTP',
  endpoint: 'http://127.0.0.1:1/result',
  endpointProperties: [{ '@type': 'EndpointProperty', name: 'authorization', value: 'secret-of-the-example' }],
}

/** A status message of a data plane. */
export function statusMessage(processId: string, state: string, dataAddress?: unknown): Record<string, unknown> {
  return {
    messageId: randomUUID(),
    dataFlowId: processId,
    state,
    ...(dataAddress === undefined ? {} : { dataAddress }),
  }
}

/** Calls a control plane back; the status of its answer. */
export async function callBack(
  { body }: Received,
  kind: string,
  message: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  const address = `${String(body['callbackAddress'])}/transfers/${String(body['processId'])}/dataflow/${kind}`
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof message === 'string' ? message : JSON.stringify(message),
    signal: AbortSignal.timeout(10_000),
  })
  await answer.text()
  return answer.status
}

/**
 * Starts one at a free port of 127.0.0.1 for the length of a test. Until told otherwise it prepares and starts at once, without an address for
 * `prepare` and with the example's for `start` and `resume`, and answers 200 to all else.
 */
export async function recordingPlane(t: ExecutionContext, id = `plane-${randomUUID()}`): Promise<RecordingPlane> {
  const received: Received[] = []
  const answers = new Map<string, Answering>([
    ['prepare', ({ processId }) => ({ status: 200, body: statusMessage(processId, 'PREPARED') })],
    ['start', ({ processId }) => ({ status: 200, body: statusMessage(processId, 'STARTED', exampleAddress) })],
    ['resume', ({ processId }) => ({ status: 200, body: statusMessage(processId, 'STARTED', exampleAddress) })],
  ])
  const server = createServer((request, response) => {
    const handle = async () => {
      const parts = (request.url ?? '').split('/').slice(2)
      const body = JSON.parse((await text(request)) || '{}') as Record<string, unknown>
      const kind = parts.at(-1) ?? ''
      const processId = parts.length > 1 ? decodeURIComponent(parts[0] ?? '') : String(body['processId'])
      const signal = { kind, processId, body, authorization: request.headers.authorization }
      received.push(signal)
      const answer = await (answers.get(kind)?.(signal) ?? { status: 200 })
      if (answer.afterMs !== undefined) await new Promise((resolve) => setTimeout(resolve, answer.afterMs))
      response.writeHead(answer.status, { 'content-type': 'application/json' })
      response.end(
        typeof answer.body === 'string' || answer.body === undefined ? answer.body : JSON.stringify(answer.body),
      )
    }
    handle().catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/dataflows`
  const of = (processId: string, kind?: string) =>
    received.filter((signal) => signal.processId === processId && (kind === undefined || signal.kind === kind))
  return {
    id,
    endpoint,
    received,
    of,
    hears: (kind, processId, deadlineMs = 20_000) =>
      eventually(
        `data plane ${id} to hear ${kind}`,
        () => {
          const found = received.find(
            (it) => it.kind === kind && (processId === undefined || it.processId === processId),
          )
          return found === undefined
            ? { pending: `it heard ${received.map((it) => it.kind).join(', ')}` }
            : { done: found }
        },
        { deadlineMs, pauseMs: 5 },
      ),
    answer: (kind, answering) => void answers.set(kind, typeof answering === 'function' ? answering : () => answering),
    registration: (transferTypes, more = {}) => ({ dataplaneId: id, endpoint, transferTypes, labels: [], ...more }),
  }
}
