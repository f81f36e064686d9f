// Loaded into the service before anything else (node --import 'record-calls.ts?file=…'): writes down every call of the Kubernetes API
// as undici tells of it, one JSON line each, when the head of its answer is there. The service knows nothing of it.
import { subscribe } from 'node:diagnostics_channel'
import { appendFileSync } from 'node:fs'
import { z } from 'zod'

const answered = z.object({
  request: z.object({ method: z.string(), path: z.string(), body: z.unknown() }),
  response: z.object({ statusCode: z.number() }),
})
const created = z.object({ metadata: z.object({ name: z.string() }) })

const file = new URL(import.meta.url).searchParams.get('file') ?? ''

/** A creation names its object in the body, everything else in the path. */
function nameOf(method: string, path: string, body: unknown): string | undefined {
  if (method !== 'POST') return path.replace(/\?.*$/, '').split('/').at(-1)
  const parsed = Buffer.isBuffer(body) ? created.safeParse(JSON.parse(body.toString('utf8'))) : undefined
  return parsed?.data?.metadata.name
}

const bodies = new WeakMap<object, unknown>()
// undici lets go of the body once it is sent.
subscribe('undici:request:create', (message) => {
  if (typeof message !== 'object' || message === null || !('request' in message)) return
  const { request } = message
  if (typeof request === 'object' && request !== null && 'body' in request) bodies.set(request, request.body)
})
subscribe('undici:request:headers', (message) => {
  const { request, response } = answered.parse(message)
  const { method, path } = request
  if (!path.startsWith('/api')) return
  const at = performance.timeOrigin + performance.now()
  const key = typeof message === 'object' && message !== null && 'request' in message ? message.request : undefined
  const body = typeof key === 'object' && key !== null ? bodies.get(key) : undefined
  const line = { at, method, path, status: response.statusCode, name: nameOf(method, path, body) }
  appendFileSync(file, `${JSON.stringify(line)}\n`)
})
