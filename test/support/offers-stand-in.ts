import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { z } from 'zod'
import type { ProvisionerSettings } from '../../config/connectors.ts'

/** What a fault does to a call in place of its answer. */
export type Fault =
  | { readonly status: number; readonly body?: string }
  /** The connection is cut: before the call was heard, or after it took effect. */
  | 'cut-before'
  | 'cut-after'
  /** No answer ever comes. */
  | 'hang'

/** The part of EDC 0.10's Management API by which offers are made, for faults that a real connector does not make on demand. */
export interface OffersStandIn {
  readonly managementUrl: string
  readonly key: string
  /** Objects by path and id, such as `assets/word-count`. */
  readonly objects: ReadonlyMap<string, Stored>
  /** Every call, such as `PUT /v3/assets`. */
  readonly calls: readonly string[]
  /** Decides about each call; `undefined` lets it through. */
  fault(decide: (call: string, number: number) => Fault | undefined): void
  /** Called after each write. */
  afterWrite(look: () => void): void
  put(path: string, object: Stored): void
  close(): Promise<void>
}

const storedSchema = z.looseObject({ '@id': z.string(), '@context': z.unknown().optional() })
type Stored = z.output<typeof storedSchema>

/** Starts one at a free port of 127.0.0.1. */
export async function startOffersStandIn(key = 'the-key-of-the-stand-in'): Promise<OffersStandIn> {
  const objects = new Map<string, Stored>()
  const calls: string[] = []
  let decide: (call: string, number: number) => Fault | undefined = () => undefined
  let look = (): void => undefined

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const call = `${request.method} ${decodeURIComponent(request.url ?? '').replace(/^\/management/, '')}`
    calls.push(call)
    const body = request.method === 'POST' || request.method === 'PUT' ? await json(request) : undefined
    const fault = decide(call, calls.length)
    if (fault === 'hang') return
    if (fault === 'cut-before') return void request.socket.destroy()
    if (typeof fault === 'object') return send(response, fault.status, fault.body ?? '')
    if (request.headers['x-api-key'] !== key) return problem(response, 401, 'Request could not be authenticated')
    const [status, answer] = act(objects, call, body)
    if (!call.startsWith('GET') && !call.endsWith('/request')) look()
    if (fault === 'cut-after') return void request.socket.destroy()
    if (status >= 400) return problem(response, status, String(answer))
    return send(response, status, answer === undefined ? '' : JSON.stringify(answer))
  }
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => send(response, 500, String(error)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    managementUrl: `http://127.0.0.1:${port}/management`,
    key,
    objects,
    calls,
    fault(next) {
      decide = next
    },
    afterWrite(next) {
      look = next
    },
    put: (path, object) => void objects.set(path, object),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The entry that a connectors file would have for it. */
export function connectorOf(id: string, { managementUrl, key }: OffersStandIn): ProvisionerSettings {
  return {
    id,
    dialect: 'http-provisioner',
    managementUrl,
    callbackAddress: `${managementUrl}/callback`,
    apiKey: key,
  }
}

/**
 * What EDC answered to the same calls: 0.10.0 in version 3, which test/e2e/publication.test.ts shows on the real one, and 0.18.0 in version 4,
 * which test/dps/real/publication.test.ts does.
 */
function act(objects: Map<string, Stored>, call: string, body: unknown): readonly [status: number, answer?: unknown] {
  const [, method = '', version = '', path = ''] = /^(\w+) \/(v[34])\/(.*)$/s.exec(call) ?? []
  const [kind = '', id] = path.split(/\/(.*)/s)
  if (method === 'POST' && id === 'request')
    return [200, query(objects, kind, body).map((found) => inVersion(version, found))]
  if (method === 'GET') {
    const found = objects.get(path)
    return found === undefined ? [404, `Object ${path} was not found`] : [200, inVersion(version, asAnswered(found))]
  }
  if (method === 'DELETE') return objects.delete(path) ? [204] : [404, `Object ${path} was not found`]
  const sent = storedSchema.parse(body)
  const key = `${kind}/${sent['@id']}`
  if (method === 'POST' && objects.has(key)) return [409, `${key} already exists`]
  if (method === 'PUT' && !objects.has(key)) return [404, `Object ${key} was not found`]
  objects.set(key, sent)
  return method === 'POST' ? [200, { '@type': 'IdResponse', '@id': sent['@id'] }] : [204]
}

const querySchema = z.looseObject({
  offset: z.number().default(0),
  limit: z.number().default(50),
  filterExpression: z.array(z.looseObject({ operandRight: z.string() })).default([]),
})

function query(objects: ReadonlyMap<string, Stored>, kind: string, body: unknown): readonly Stored[] {
  const { offset, limit, filterExpression } = querySchema.parse(body)
  const prefix = filterExpression[0]?.operandRight.replace(/%$/, '') ?? ''
  return [...objects]
    .filter(([path]) => path.startsWith(`${kind}/${prefix}`))
    .map(([, object]) => asAnswered(object))
    .slice(offset, offset + limit)
}

/** Policies get an id of their own at every answer, lists of one are answered without their list. */
function asAnswered(object: Stored): Stored {
  const { policy, ...rest } = object
  const named = typeof policy === 'object' && policy !== null ? { policy: { ...policy, '@id': randomUUID() } } : {}
  return storedSchema.parse(compacted({ ...rest, ...named }))
}

/** Version 4 shortens names of properties by its own prefixes, and leaves out empty lists of the metadata. */
function inVersion(version: string, object: Stored): Stored {
  if (version === 'v3') return object
  const text = JSON.stringify(object)
    .replaceAll('"http://purl.org/dc/terms/', '"dct:')
    .replaceAll('"http://www.w3.org/ns/dcat#', '"dcat:')
    .replaceAll('"labels":[],', '')
  return storedSchema.parse(JSON.parse(text))
}

function compacted(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 1 ? compacted(value[0]) : value.map(compacted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inside]) => [name, compacted(inside)]))
}

function problem(response: ServerResponse, status: number, message: string): void {
  send(response, status, JSON.stringify([{ message, type: 'Problem', path: null, invalidValue: null }]))
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body)
}
