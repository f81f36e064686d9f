import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { writeFile } from 'node:fs/promises'
import { stringify } from 'yaml'
import { listen, readText, stop } from '../../../demo/simulated-connector/http.ts'
import {
  asObject,
  type Json,
  type JsonObject,
  objectAt,
  parseJson,
  textAt,
} from '../../../demo/simulated-connector/json.ts'
import { type ClusterJournal, Controller } from './controller.ts'
import { applyPatch } from './json-patch.ts'
import { Objects, Refused, uidOf } from './objects.ts'
import { noPause, type Pace } from './pace.ts'
import { matches, metadataOnly } from './selection.ts'
import { serveWatch } from './watch.ts'
import type { Worker } from './worker.ts'

/**
 * A cluster that runs pods in this process: an API server in plain HTTP with what the service asks of one, a Job controller, and a
 * kubelet that runs the real data sidecar around workers that a test plays. Hundreds of jobs cost no more than their files; whether
 * Kubernetes itself behaves so is for the tests on a real one to say.
 */
export interface StandInCluster {
  readonly url: string
  readonly namespace: string
  readonly journal: ClusterJournal
  /** Everything that exists, as `resource/name`. */
  left(): readonly string[]
  /** What must never be, and was seen: a Job made twice, two attempts of a job at once, a call that it does not know. */
  readonly violations: readonly string[]
  /** Makes a Job that nobody will ever own, as a launch does that was given up and carried out all the same. */
  plantOrphan(installation: string, jobId: string, ageMs: number): void
  /** Writes a kubeconfig for an address of it. */
  writeKubeconfig(path: string, server: string): Promise<void>
  close(): Promise<void>
}

const namespace = 'jobs'
const path = new RegExp(`^/(?:api/v1|apis/[^/]+/[^/]+)/namespaces/${namespace}/([a-z]+)(?:/([^/]+)(?:/(log))?)?$`)

/**
 * Starts one at 127.0.0.1.
 * @param folder where pods have their volumes
 */
export async function startStandInCluster(
  folder: string,
  worker: Worker,
  pace: Pace = noPause,
): Promise<StandInCluster> {
  const objects = new Objects()
  const controller = new Controller(objects, folder, worker, pace)

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://cluster')
    const [, resource, name, log] = path.exec(url.pathname) ?? []
    const text = await readText(request)
    if (resource === undefined) {
      controller.violations.push(`the cluster was asked ${request.method} ${request.url}`)
      throw new Refused(404, 'NotFound', 'the server could not find the requested resource')
    }
    if (log !== undefined && name !== undefined) return sendLog(response, name, url.searchParams.get('container') ?? '')
    if (url.searchParams.get('watch') === '1') {
      const from = Number(url.searchParams.get('resourceVersion') ?? objects.version)
      const seconds = Number(url.searchParams.get('timeoutSeconds') ?? 300)
      return serveWatch(objects, response, { resource, selector: selectorOf(url), from, seconds })
    }
    const partial = request.headers.accept?.includes('as=PartialObjectMetadata') === true
    const done =
      name === undefined
        ? onCollection(request.method, resource, url, text, partial)
        : onObject(request.method, resource, name, text)
    reply(response, done.status, done.body)
    return undefined
  }

  function onCollection(method: string | undefined, resource: string, url: URL, text: string, partial: boolean): Done {
    if (method === 'GET') {
      const items = objects.all(resource).filter((object) => matches(object, selectorOf(url)))
      const body = {
        kind: 'List',
        apiVersion: 'v1',
        metadata: { resourceVersion: String(objects.version) },
        items: items.map((one) => (partial ? metadataOnly(one) : one)),
      }
      return { status: 200, body }
    }
    if (method !== 'POST') throw new Refused(405, 'MethodNotAllowed', 'not here')
    const made = objects.create(resource, asObject(parseJson(text)))
    if (resource === 'jobs') controller.jobMade(made)
    else controller.collect(resource, made)
    return { status: 201, body: made }
  }

  function onObject(method: string | undefined, resource: string, name: string, text: string): Done {
    switch (method) {
      case 'GET':
        return { status: 200, body: objects.get(resource, name) }
      case 'PATCH': {
        const before = structuredClone(objects.get(resource, name))
        applyPatch(before, parseJson(text) ?? null) // where it cannot be applied, nothing changed
        const changed = objects.change(resource, name, (object) => applyPatch(object, parseJson(text) ?? null))
        if (resource === 'jobs') controller.jobChanged(changed)
        if (resource === 'pods') controller.podChanged(changed)
        return { status: 200, body: changed }
      }
      case 'DELETE': {
        const options = asObject(parseJson(text))
        const uid = textAt(objectAt(options, 'preconditions'), 'uid')
        const found = objects.get(resource, name)
        if (uid !== '' && uid !== uidOf(found))
          throw new Refused(409, 'Conflict', 'the uid in the precondition is of another')
        controller.remove(resource, name, options['propagationPolicy'] === 'Foreground')
        return { status: 200, body: found }
      }
      default:
        throw new Refused(405, 'MethodNotAllowed', 'not here')
    }
  }

  function sendLog(response: ServerResponse, pod: string, container: string): void {
    objects.get('pods', pod)
    const text = controller.runs.get(pod)?.log(container)
    if (text === undefined) throw new Refused(400, 'BadRequest', `container "${container}" is waiting to start`)
    response.writeHead(200, { 'content-type': 'text/plain' }).end(text)
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // Whoever is killed in the middle of a request leaves half of one.
      if (!(error instanceof Refused) && request.complete)
        controller.violations.push(`the cluster failed at ${request.method} ${request.url}: ${String(error)}`)
      const refused = error instanceof Refused ? error : new Refused(500, 'InternalError', String(error))
      if (response.headersSent) response.destroy()
      else reply(response, refused.status, statusOf(refused))
    })
  })
  const url = await listen(server)
  return {
    url,
    namespace,
    get violations() {
      return controller.violations
    },
    get journal() {
      return controller.journal
    },
    left: () => objects.names(),
    plantOrphan(installation, jobId, ageMs) {
      const labels = {
        'app.kubernetes.io/managed-by': 'dataspace-compute',
        'dataspace-compute/job': jobId,
        'dataspace-compute/attempt': '1',
        'dataspace-compute/installation': installation,
      }
      const metadata = { name: `dsc-${jobId}-1`, labels }
      const job = { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { suspend: true } }
      objects.create('jobs', job, Date.now() - ageMs)
    },
    writeKubeconfig: (file, address) => writeFile(file, kubeconfig(address), { mode: 0o600 }),
    async close() {
      await controller.close()
      await stop(server)
    },
  }
}

interface Done {
  readonly status: number
  readonly body: JsonObject
}

function selectorOf(url: URL): string {
  return url.searchParams.get('labelSelector') ?? ''
}

function statusOf({ status, reason, message }: Refused): JsonObject {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code: status }
}

function reply(response: ServerResponse, status: number, body: Json): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function kubeconfig(server: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    // A token that is none, over a line that stays on this machine.
    clusters: [{ name: 'stand-in', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'stand-in', user: { token: 'any' } }],
    contexts: [{ name: 'stand-in', context: { cluster: 'stand-in', user: 'stand-in' } }],
    'current-context': 'stand-in',
  })
}
