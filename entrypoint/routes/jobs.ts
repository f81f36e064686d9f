import { Readable } from 'node:stream'
import { Router } from '@koa/router'
import type { Context } from 'koa'
import { z } from 'zod'
import { ServiceError } from '../../core/errors.ts'
import type { Job, JobState } from '../../core/job/job.ts'
import { logKey } from '../../core/job/names.ts'
import { jobTransitions } from '../../core/job/transition.ts'
import { type Backend, containers } from '../../core/ports/backend.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { Store } from '../../core/ports/store.ts'
import { maximumLogBytes } from '../engine/keep-logs.ts'
import { readJson } from '../http/read-json.ts'
import { route } from '../http/request-log.ts'
import { jobView } from './job-view.ts'

const states = Object.keys(jobTransitions)
const listQuery = z.strictObject({
  asset: z.string().max(64).optional(),
  state: z
    .string()
    .refine((state): state is JobState => states.includes(state), { error: `expected one of ${states.join(', ')}` })
    .optional(),
  before: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
const logQuery = z.strictObject({
  container: z.enum(containers).default('worker'),
  attempt: z.coerce.number().int().min(1).optional(),
})

const cancelBody = z.strictObject({ reason: z.string().min(1).max(500) })
/** Largest body of a request about a job, in bytes. */
const maximumBodyBytes = 16 * 1024

/** What the routes of jobs work with. */
export interface JobRouteParts {
  readonly store: Store
  readonly objects: ObjectStore
  readonly backend: Backend
  /** Ends a job by an operator's word. */
  readonly cancel: (jobId: string, reason: string) => Promise<void>
}

/** The administrator's jobs: list, show, cancel, read logs. */
export function jobRoutes(parts: JobRouteParts): Router {
  const router = new Router({ prefix: '/api/v1/jobs' })
  router.get('/', route('/api/v1/jobs'), async (ctx) => {
    const { asset, state, before, limit } = readQuery(ctx, listQuery)
    const jobs = await parts.store.listJobs({
      limit,
      ...(asset === undefined ? {} : { assetId: asset }),
      ...(state === undefined ? {} : { state }),
      ...(before === undefined ? {} : { before }),
    })
    const last = jobs.length === limit ? (jobs.at(-1)?.id ?? null) : null
    ctx.body = { jobs: jobs.map((job) => jobView(job)), next: last }
  })
  router.get('/:id', route('/api/v1/jobs/:id'), async (ctx) => {
    const job = await jobOf(parts, ctx.params['id'])
    ctx.body = jobView(job, await parts.store.result(job.id))
  })
  router.post('/:id/cancel', route('/api/v1/jobs/:id/cancel'), async (ctx) => {
    const { reason } = readBody(await readJson(ctx, maximumBodyBytes), cancelBody)
    await parts.cancel(ctx.params['id'] ?? '', reason)
    ctx.body = jobView(await jobOf(parts, ctx.params['id']))
  })
  router.get('/:id/logs', route('/api/v1/jobs/:id/logs'), async (ctx) => {
    const { container, attempt } = readQuery(ctx, logQuery)
    const job = await jobOf(parts, ctx.params['id'])
    const ref = { jobId: job.id, attempt: attempt ?? job.attempts.at(-1)?.number ?? job.attempt }
    const kept = job.attempts.find((one) => one.number === ref.attempt)?.logsKept === true
    const body = kept
      ? await parts.objects.open(logKey(ref, container))
      : await parts.backend.log(ref, container, maximumLogBytes)
    if (body === undefined)
      throw new ServiceError('log-unknown', `There is no log of ${container} of attempt ${ref.attempt}.`)
    ctx.body = typeof body === 'string' ? body : Readable.from(body)
    ctx.type = 'text/plain; charset=utf-8'
    ctx.set('X-Content-Type-Options', 'nosniff')
  })
  return router
}

async function jobOf(parts: JobRouteParts, id: string | undefined): Promise<Job> {
  const job = await parts.store.job(id ?? '')
  if (job === undefined) throw new ServiceError('job-unknown', `There is no job ${JSON.stringify(id)}.`)
  return job.value
}

function readQuery<S extends z.ZodType>(ctx: Context, schema: S): z.output<S> {
  const parsed = schema.safeParse({ ...ctx.query })
  if (parsed.success) return parsed.data
  throw new ServiceError('invalid-query', 'The query has impossible values.', {
    problems: parsed.error.issues.map((issue) => ({ where: z.core.toDotPath(issue.path), message: issue.message })),
  })
}

function readBody<S extends z.ZodType>(body: unknown, schema: S): z.output<S> {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  throw new ServiceError('invalid-body', 'The body does not fit.', {
    problems: parsed.error.issues.map((issue) => ({ where: z.core.toDotPath(issue.path), message: issue.message })),
  })
}
