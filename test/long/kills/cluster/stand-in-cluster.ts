import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { writeFile } from 'node:fs/promises'
import { stringify } from 'yaml'
import { listen, readJson, stop } from '../../../../demo/simulated-connector/http.ts'
import { asObject, isObject, type Json, type JsonObject, objectAt } from '../../../../demo/simulated-connector/json.ts'
import { Controllers } from './controllers.ts'
import { type Change, type ClusterObject, isSelected, mergeJson, metadataOf, Objects, patchJson } from './objects.ts'

/** A cluster that runs attempts in this very process, with an API server that can be spoken to over HTTP. */
export interface StandInCluster {
  /** Path of a kubeconfig for it. */
  readonly kubeconfig: string
  readonly objects: Objects
  /** What must never be, and was seen. */
  readonly violations: readonly string[]
  /** Makes a Job that nobody will ever own, as a launch does that was given up and carried out all the same. */
  plantOrphan(installation: string, jobId: string, ageMs: number): void
  close(): Promise<void>
}

/** Where the jobs are. */
export const standInNamespace = 'trials'
const pathPattern =
  /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<resource>[a-z]+)(?:\/(?<name>[^/]+))?(?:\/(?<sub>[a-z]+))?$/
const bookmarkMs = 20_000

/** A request to the API server, taken apart. */
interface Call {
  readonly method: string
  readonly namespace: string
  readonly resource: string
  readonly name: string | undefined
  readonly sub: string | undefined
  readonly query: URLSearchParams
  readonly body: Json | undefined
  readonly metadataOnly: boolean
}

/** Starts one at 127.0.0.1. */
export async function startStandInCluster(folder: string): Promise<StandInCluster> {
  const objects = new Objects()
  const controllers = new Controllers(objects, folder)
  const open = new Set<() => void>()

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://stand-in')
    const parts = pathPattern.exec(url.pathname)?.groups
    if (parts === undefined) return reply(response, 404, status(404, 'NotFound', `no such path: ${url.pathname}`))
    const call: Call = {
      method: request.method ?? '',
      namespace: parts['namespace'] ?? '',
      resource: parts['resource'] ?? '',
      name: parts['name'],
      sub: parts['sub'],
      query: url.searchParams,
      body: request.method === 'GET' ? undefined : await readJson(request),
      metadataOnly: request.headers.accept?.includes('as=PartialObjectMetadata') === true,
    }
    if (call.method === 'GET' && call.name === undefined && call.query.get('watch') === '1')
      return watch(call, response)
    const answer = answerTo(objects, controllers, call)
    if (typeof answer.body === 'string')
      response.writeHead(answer.status, { 'content-type': 'text/plain' }).end(answer.body)
    else reply(response, answer.status, answer.body)
  }

  const watch = (call: Call, response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    const send = (type: string, object: JsonObject): void =>
      void response.write(`${JSON.stringify({ type, object })}\n`)
    const tell = (object: ClusterObject, change: Change): void => {
      if (object.resource !== call.resource || (call.namespace !== '' && object.namespace !== call.namespace)) return
      if (isSelected(object, call.query.get('labelSelector') ?? '')) send(change, shown(object, call.metadataOnly))
    }
    const since = Number(call.query.get('resourceVersion') ?? 0)
    for (const object of objects.list(call.resource))
      if (Number(metadataOf(object)['resourceVersion']) > since) tell(object, 'MODIFIED')
    const unlisten = objects.listen(tell)
    const bookmark = setInterval(() => {
      send('BOOKMARK', { kind: 'PartialObjectMetadata', metadata: { resourceVersion: objects.version } })
    }, bookmarkMs)
    const ended = setTimeout(() => response.end(), Number(call.query.get('timeoutSeconds') ?? 300) * 1000)
    const close = (): void => {
      unlisten()
      clearInterval(bookmark)
      clearTimeout(ended)
      open.delete(close)
    }
    open.add(close)
    response.once('close', close)
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      controllers.violations.push(`the stand-in failed at ${request.method} ${request.url}: ${String(error)}`)
      reply(response, 500, status(500, 'InternalError', String(error)))
    })
  })
  server.keepAliveTimeout = 60_000
  const url = await listen(server)
  return {
    kubeconfig: await writeKubeconfig(folder, url),
    objects,
    violations: controllers.violations,
    plantOrphan(installation, jobId, ageMs) {
      const name = `dsc-${jobId}-1`
      const labels = {
        'app.kubernetes.io/managed-by': 'dataspace-compute',
        'dataspace-compute/job': jobId,
        'dataspace-compute/attempt': '1',
        'dataspace-compute/installation': installation,
      }
      const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, labels }, spec: { suspend: true } }
      objects.create('jobs', standInNamespace, job, Date.now() - ageMs)
    },
    async close() {
      for (const close of open) close()
      await controllers.close()
      await stop(server)
    },
  }
}

interface Answered {
  readonly status: number
  readonly body: JsonObject | string
}

function answerTo(objects: Objects, controllers: Controllers, call: Call): Answered {
  const { method, resource, namespace, name } = call
  if (name === undefined) return method === 'POST' ? create(objects, controllers, call) : list(objects, call)
  const object = objects.get(resource, namespace, name)
  if (object === undefined) return refuse(404, 'NotFound', `${resource} "${name}" not found`)
  switch (method) {
    case 'GET':
      return call.sub === 'log' ? log(controllers, object, call) : { status: 200, body: object.whole }
    case 'PATCH': {
      const { body } = call
      const copy = structuredClone(object.whole)
      if (Array.isArray(body) ? !patchJson(copy, body) : (mergeJson(copy, asObject(body)), false))
        return refuse(422, 'Invalid', 'the server rejected our request due to an error in our request')
      replaceJson(object.whole, copy)
      objects.changed(object)
      if (resource === 'jobs') controllers.jobChanged(object)
      if (resource === 'pods') controllers.podChanged(object)
      return { status: 200, body: object.whole }
    }
    case 'DELETE': {
      const uid = objectAt(call.body, 'preconditions')?.['uid']
      if (uid !== undefined && uid !== object.uid) return refuse(409, 'Conflict', 'the UID in the precondition differs')
      const policy = isObject(call.body) ? call.body['propagationPolicy'] : undefined
      controllers.delete(object, policy === 'Foreground')
      return { status: 200, body: object.whole }
    }
    default:
      return refuse(405, 'MethodNotAllowed', `${method} is not served`)
  }
}

/** Puts new contents into an object. Its status is nobody's to patch, and the kubelet goes on writing into it. */
function replaceJson(whole: JsonObject, contents: JsonObject): void {
  for (const key of Object.keys(whole)) if (key !== 'status') delete whole[key]
  for (const [key, value] of Object.entries(contents)) if (key !== 'status') whole[key] = value
}

function create(objects: Objects, controllers: Controllers, { resource, namespace, body }: Call): Answered {
  const object = objects.create(resource, namespace, asObject(body))
  if (object === undefined) return refuse(409, 'AlreadyExists', `${resource} already exists`)
  if (resource === 'jobs') {
    controllers.jobMade(object)
    controllers.jobChanged(object)
  } else controllers.collect(object)
  return { status: 201, body: object.whole }
}

function list(objects: Objects, { resource, namespace, query, metadataOnly }: Call): Answered {
  const field = /^metadata\.name=(.*)$/.exec(query.get('fieldSelector') ?? '')?.[1]
  const found = objects
    .list(resource, namespace === '' ? undefined : namespace)
    .filter((object) => isSelected(object, query.get('labelSelector') ?? ''))
    .filter(({ name }) => field === undefined || name === field)
  const items = found.map((object) => shown(object, metadataOnly))
  return { status: 200, body: { kind: 'List', metadata: { resourceVersion: objects.version }, items } }
}

function log({ kubelet }: Controllers, pod: ClusterObject, { query }: Call): Answered {
  const text = kubelet.log(pod, query.get('container') ?? '')
  return text === undefined
    ? refuse(400, 'BadRequest', 'the container is waiting to start')
    : { status: 200, body: text }
}

function shown({ whole }: ClusterObject, metadataOnly: boolean): JsonObject {
  return metadataOnly ? { kind: 'PartialObjectMetadata', metadata: whole['metadata'] ?? null } : whole
}

function refuse(code: number, reason: string, message: string): Answered {
  return { status: code, body: status(code, reason, message) }
}

function status(code: number, reason: string, message: string): JsonObject {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code }
}

function reply(response: ServerResponse, code: number, body: JsonObject): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function writeKubeconfig(folder: string, server: string): Promise<string> {
  const path = join(folder, 'kubeconfig')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'stand-in', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'stand-in', user: { token: 'any' } }],
    contexts: [{ name: 'stand-in', context: { cluster: 'stand-in', user: 'stand-in', namespace: standInNamespace } }],
    'current-context': 'stand-in',
  }
  await writeFile(path, stringify(config), { mode: 0o600 })
  return path
}
