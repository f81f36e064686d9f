import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { listen, readText, stop } from '../../../demo/simulated-connector/http.ts'
import { manifestOf } from '../../receiving/gateway.ts'
import { statusMessage } from '../../dps/stand-in/recording-plane.ts'

/** A provider's data plane that gives small results at once: pulled from it, or pushed by it until they are taken. */
export interface TrialProvider {
  /** Ends in `/dataflows`, as registrations want it. */
  readonly endpoint: string
  /** How often files were asked for again that had been asked for before. */
  again(): number
  close(): Promise<void>
}

/** Between two tries of what the other side does not take right now. Milliseconds. */
const againMs = 100

/** The files of a result by their paths: of each transfer process others. */
export function filesOf(processId: string): Readonly<Record<string, string>> {
  return {
    'a.txt': `of ${processId}`,
    'b/c.bin': `${processId}\n`.repeat(4_000),
    empty: '',
    'sum.txt': `42 of ${processId}`,
  }
}

/** The text of the manifest that comes with them. */
export function manifestTextOf(processId: string): string {
  return JSON.stringify(manifestOf(filesOf(processId)))
}

const startSchema = z.looseObject({
  processId: z.string(),
  transferType: z.string(),
  callbackAddress: z.string(),
  dataAddress: z
    .looseObject({
      endpoint: z.string(),
      endpointProperties: z.array(z.looseObject({ name: z.string(), value: z.string() })),
    })
    .optional(),
})
type Start = z.output<typeof startSchema>

/** Starts one at a free port of 127.0.0.1. */
export async function startTrialProvider(): Promise<TrialProvider> {
  const asked = new Map<string, number>()
  const ended = new Set<string>()
  let address = ''
  let closed = false
  const isOver = (processId: string): boolean => closed || ended.has(processId)
  const signal = async (request: IncomingMessage, response: ServerResponse, path: readonly string[]): Promise<void> => {
    const text = await readText(request)
    if (path[1] !== 'start') {
      if (path[2] === 'terminate') ended.add(path[1] ?? '')
      response.writeHead(200).end()
      return
    }
    const start = startSchema.parse(JSON.parse(text))
    const { processId, transferType } = start
    const pulled = { '@type': 'DataAddress', endpointType: 'HttpData', endpoint: `${address}/results/${processId}` }
    const given = transferType.endsWith('-PULL') ? { ...pulled, endpointProperties: [] } : undefined
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(statusMessage(processId, 'STARTED', given)))
    if (given === undefined) void push(start, isOver)
  }
  const result = (response: ServerResponse, [, processId = '', kind, ...names]: readonly string[]): void => {
    const path = names.join('/')
    const text = kind === 'manifest.json' ? manifestTextOf(processId) : filesOf(processId)[path]
    if (kind === 'files') asked.set(`${processId} ${path}`, 1 + (asked.get(`${processId} ${path}`) ?? 0))
    if (text === undefined) response.writeHead(404).end()
    else response.writeHead(200, { 'content-length': Buffer.byteLength(text) }).end(text)
  }
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('/').slice(1).map(decodeURIComponent)
    if (path[0] === 'results') return result(response, path)
    signal(request, response, path).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  address = await listen(server)
  return {
    endpoint: `${address}/dataflows`,
    again: () => [...asked.values()].reduce((sum, count) => sum + count - 1, 0),
    close() {
      closed = true
      return stop(server)
    },
  }
}

/** Sends every file, the manifest last, and says that it is done; each until it is taken, or the place takes nothing any more. */
async function push(
  { processId, callbackAddress, dataAddress }: Start,
  isOver: (id: string) => boolean,
): Promise<void> {
  const code = dataAddress?.endpointProperties.find(({ name }) => name.endsWith('authCode'))?.value ?? ''
  const files = { ...filesOf(processId), 'manifest.json': manifestTextOf(processId) }
  for (const [path, text] of Object.entries(files)) {
    const url = `${dataAddress?.endpoint ?? ''}/${path}`
    const status = await untilTaken(() => isOver(processId), [503, 500], url, 'PUT', text, { authorization: code })
    if (status !== 201) return
  }
  const notice = `${callbackAddress}/transfers/${processId}/dataflow/completed`
  const message = JSON.stringify(statusMessage(processId, 'COMPLETED'))
  // A control plane that has not stored the start yet refuses with any of these.
  await untilTaken(() => isOver(processId), [409, 401, 500], notice, 'POST', message, {})
}

/** @returns the status of the last answer; `undefined` where it is over before there was a final one */
async function untilTaken(
  isOver: () => boolean,
  passing: readonly number[],
  url: string,
  method: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  while (!isOver()) {
    try {
      const signal = AbortSignal.timeout(10_000)
      const sent = { ...headers, 'content-type': 'application/json' }
      const answer = await fetch(url, { method, body, headers: sent, signal })
      await answer.text()
      if (!passing.includes(answer.status)) return answer.status
    } catch {
      // The service has ended: it comes again.
    }
    await pause(againMs)
  }
  return undefined
}
