import { Router } from '@koa/router'
import type { Context } from 'koa'
import { ServiceError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { Metrics } from '../../core/ports/metrics.ts'
import type { DataPlaneHandler } from '../../dps/server/handle.ts'
import type { DataPlaneResponse } from '../../dps/server/form.ts'
import { route } from '../access/route.ts'
import type { HeardBook } from '../connectors/check/heard.ts'
import { retryAfterSeconds } from '../http/problem.ts'
import { readJson } from '../http/read-json.ts'
import type { Shedding } from '../http/shedding.ts'
import { checkPathSecret } from './path-secret.ts'

/** Largest message of a control plane, in bytes. An asset's metadata makes them long. */
const maximumMessageBytes = 256 * 1024

/** A control plane whose data plane we are. */
export interface SignalledDataPlane {
  readonly id: string
  readonly form: 'plain' | 'json-ld'
  readonly secret?: string
  readonly previousSecret?: string
  readonly handle: DataPlaneHandler
}

/** What the routes work with. */
export interface DataPlaneRouteParts {
  readonly dataPlanes: readonly SignalledDataPlane[]
  readonly clock: Clock
  readonly metrics: Pick<Metrics, 'stage'>
  /** Is told what came, and what was refused. */
  readonly heard: Pick<HeardBook, 'note'>
  /** Bounds what waits for the store. */
  readonly within: Shedding
}

/** What control planes call below `/dataplanes/<connector>`, in one form of the protocol or in both; `:flowId` is the process's id. */
const dataPlanePaths = [
  { method: 'post', path: '/dataflows/prepare' },
  { method: 'post', path: '/dataflows/start' },
  { method: 'post', path: '/dataflows/:flowId/started' },
  { method: 'post', path: '/dataflows/:flowId/suspend' },
  { method: 'post', path: '/dataflows/:flowId/resume' },
  { method: 'post', path: '/dataflows/:flowId/terminate' },
  { method: 'post', path: '/dataflows/:flowId/completed' },
  { method: 'get', path: '/dataflows/:flowId/status' },
  { method: 'post', path: '/dataflows' },
  { method: 'get', path: '/dataflows/check' },
  { method: 'get', path: '/dataflows/:flowId/state' },
] as const

/**
 * The endpoints of the data plane, one base address for each control plane: `/dataplanes/<connector>`, with its secret behind it where
 * it has one, since EDC sends no header unless it is told how. A control plane puts `/dataflows/…` behind that.
 */
export function dataPlaneRoutes(parts: DataPlaneRouteParts): Router {
  const router = new Router()
  for (const { method, path } of dataPlanePaths)
    router[method](`/dataplanes/:id{/:secret}${path}`, route(`/dataplanes/:id${path}`, 'connector'), async (ctx) => {
      await answer(parts, ctx, path)
    })
  return router
}

async function answer(
  { dataPlanes, clock, metrics, heard, within }: DataPlaneRouteParts,
  ctx: Context,
  path: (typeof dataPlanePaths)[number]['path'],
): Promise<void> {
  const begin = clock.now()
  const { id, secret, flowId }: { id?: string; secret?: string; flowId?: string } = ctx['params']
  const dataPlane = dataPlanes.find((one) => one.id === id)
  if (dataPlane === undefined)
    throw new ServiceError('connector-unknown', 'No control plane of this name is configured.')
  checkPathSecret(dataPlane, secret, 'before /dataflows')
  const body = await bodyOf(ctx)
  const request = {
    method: ctx.method === 'HEAD' ? 'GET' : ctx.method,
    path: flowId === undefined ? path : path.replace(':flowId', encodeURIComponent(flowId)),
    headers: ctx.headers,
    body,
  }
  const response = await within(() => dataPlane.handle(request))
  write(ctx, response)
  const starts = path === '/dataflows/start' || path === '/dataflows'
  if (response.status >= 300) {
    const { code, detail } = refusalIn(response)
    ctx.state['refused'] = code
    if (response.status < 500) heard.note(dataPlane.id, { provisionRefused: { at: begin, code, message: detail } })
    return
  }
  if (!starts) {
    if (flowId !== undefined && ctx.method === 'POST')
      heard.note(dataPlane.id, { event: { at: begin, processId: flowId } })
    return
  }
  metrics.stage('accept', clock.now() - begin)
  const processId = field(body, 'processId')
  const assetId = field(body, 'datasetId')
  if (processId !== undefined)
    heard.note(dataPlane.id, { provision: { at: begin, processId, ...(assetId === undefined ? {} : { assetId }) } })
}

/** The body as JSON; `undefined` where there is none, as in a `completed` to the letter of the specification. */
async function bodyOf(ctx: Context): Promise<unknown> {
  const none = ctx.get('Transfer-Encoding') === '' && (ctx.request.length ?? 0) === 0
  return none ? undefined : readJson(ctx, maximumMessageBytes)
}

function write(ctx: Context, { status, headers, body }: DataPlaneResponse): void {
  ctx.status = status
  ctx.body = body === undefined ? '' : JSON.stringify(body)
  for (const [name, value] of Object.entries(headers)) ctx.set(name, value)
  if (body === undefined) ctx.remove('Content-Type')
  if (status === 503) ctx.set('Retry-After', retryAfterSeconds)
  // Relative to the address of the request: what stands before it may be a secret.
  const { location } = headers
  if (location !== undefined) ctx.set('Location', location.replace(/^\/dataflows\//, ''))
}

function refusalIn({ body }: DataPlaneResponse): { readonly code: string; readonly detail: string } {
  return { code: field(body, 'code') ?? 'unknown', detail: field(body, 'detail') ?? '' }
}

/** A text of a message, for what is shown to operators alone. */
function field(body: unknown, name: string): string | undefined {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
  return typeof value === 'string' ? value.slice(0, 512) : undefined
}
