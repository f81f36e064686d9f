import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { stop } from '../../demo/simulated-connector/http.ts'
import type { JsonObject } from '../../demo/simulated-connector/json.ts'
import { Collection } from './collection.ts'
import { runningObjects, touch } from './objects.ts'

/** A certificate with its key, PEM; `undefined` for plain HTTP. */
export type Identity = { readonly cert: string; readonly key: string } | undefined

/** An API server with Jobs and pods that run and never end, for as many of them as no real node bears. It can be read only. */
export interface StandIn {
  readonly url: string
  /** For which jobs pods were listed one by one. */
  readonly lookedAt: ReadonlySet<string>
  /** Calls that it does not know: none may come. */
  readonly unexpected: readonly string[]
  /** How many watches are open. */
  watches(): number
  /** Tells whoever watches that the next pod has changed. */
  touchNext(): void
  close(): Promise<void>
}

/** Where the objects are. */
export const standInNamespace = 'bench'
/** Between two bookmarks: about a minute with the real one. Milliseconds. */
const bookmarkMs = 60_000
const firstVersion = 4_000

/** A watch that is open. */
interface Watch {
  readonly response: ServerResponse
  send(type: string, object: JsonObject): void
}

/** Starts one at 127.0.0.1 with a running pod for each job. */
export async function startStandIn(jobIds: readonly string[], identity: Identity): Promise<StandIn> {
  let version = firstVersion
  const next = () => ++version
  const pods = new Collection('Pod', 'v1')
  const jobs = new Collection('Job', 'batch/v1')
  const now = Date.now()
  for (const jobId of jobIds) {
    const { job, pod } = runningObjects(standInNamespace, jobId, now, next)
    jobs.add(job)
    pods.add(pod)
  }
  const lookedAt = new Set<string>()
  const unexpected: string[] = []
  const watches = new Set<Watch>()
  let turn = 0

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '/', 'http://stand-in')
    const collection = url.pathname.startsWith(podsPath) ? pods : jobs
    const name = /\/(?:pods|jobs)\/([^/]+)$/.exec(url.pathname)?.[1]
    const known = [podsPath, jobsPath].some((path) => url.pathname === path || url.pathname === `${path}/${name}`)
    if (request.method !== 'GET' || !known) {
      unexpected.push(`${request.method} ${request.url}`)
      return reply(response, 403, status(403, 'Forbidden', 'the stand-in can be read only'))
    }
    if (name !== undefined) {
      const found = collection.get(name)
      const lacking = `${collection === jobs ? 'jobs.batch' : 'pods'} "${name}" not found`
      return found === undefined
        ? reply(response, 404, status(404, 'NotFound', lacking))
        : reply(response, 200, found.whole)
    }
    if (url.searchParams.get('watch') === '1')
      return openWatch(response, Number(url.searchParams.get('timeoutSeconds')))
    const labelSelector = url.searchParams.get('labelSelector') ?? ''
    const job = /dataspace-compute\/job=([^,]+)/.exec(labelSelector)?.[1]
    if (job !== undefined && collection === pods) lookedAt.add(job)
    const metadataOnly = request.headers.accept?.includes('as=PartialObjectMetadata') === true
    const limit = Number(url.searchParams.get('limit') ?? 0)
    const from = url.searchParams.get('continue') ?? ''
    return reply(response, 200, collection.page({ labelSelector, limit, from, metadataOnly }, version))
  }

  /** The service watches pods by metadata, from the version of a list it has just read: nothing has happened in between. */
  const openWatch = (response: ServerResponse, seconds: number): void => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    const send: Watch['send'] = (type, object) => response.write(`${JSON.stringify({ type, object })}\n`)
    const watch = { response, send }
    const bookmark = setInterval(() => send('BOOKMARK', bookmarkAt(version)), bookmarkMs)
    const end = setTimeout(() => response.end(), seconds * 1000)
    response.once('close', () => {
      watches.delete(watch)
      clearInterval(bookmark)
      clearTimeout(end)
    })
    watches.add(watch)
  }

  const server = identity === undefined ? createPlainServer(answer) : createServer(identity, answer)
  server.keepAliveTimeout = 120_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the stand-in has no port')
  return {
    url: `${identity === undefined ? 'http' : 'https'}://127.0.0.1:${address.port}`,
    lookedAt,
    unexpected,
    watches: () => watches.size,
    touchNext() {
      const pod = pods.all[turn++ % Math.max(1, pods.all.length)]
      if (pod === undefined) return
      touch(pod, next())
      for (const watch of watches) watch.send('MODIFIED', pods.metadataOf(pod))
    },
    close: () => stop(server),
  }
}

const podsPath = `/api/v1/namespaces/${standInNamespace}/pods`
const jobsPath = `/apis/batch/v1/namespaces/${standInNamespace}/jobs`

function bookmarkAt(version: number): JsonObject {
  const metadata = { resourceVersion: String(version) }
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata }
}

function status(code: number, reason: string, message: string): JsonObject {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code }
}

function reply(response: ServerResponse, code: number, body: JsonObject): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
