import { Readable } from 'node:stream'
import { Router } from '@koa/router'
import { ServiceError } from '../../core/errors.ts'
import type { Author } from '../../core/audit/entry.ts'
import type { Job } from '../../core/job/job.ts'
import type { Backend } from '../../core/ports/backend.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { Store } from '../../core/ports/store.ts'
import { authorOf } from '../access/author-of.ts'
import type { RetryVersion } from '../engine/retry-job.ts'
import type { Answer } from '../http/answer.ts'
import { noSuchPlace, readBody, readQuery } from '../http/query.ts'
import { readJson } from '../http/read-json.ts'
import { route } from '../access/route.ts'
import {
  cancelSchema,
  type jobPageSchema,
  jobQuerySchema,
  logQuerySchema,
  oneJobQuerySchema,
  removeResultQuerySchema,
  retrySchema,
} from './job-schemas.ts'
import { readJobLog } from './job-log.ts'
import { jobView } from './job-view.ts'
import { observeJob } from './observe-job.ts'

/** Largest body of a request about a job, in bytes. */
const maximumBodyBytes = 16 * 1024

/** What the routes of jobs work with. */
export interface JobRouteParts {
  readonly store: Store
  readonly objects: ObjectStore
  readonly backend: Backend
  readonly clock: Clock
  /** Ends a job by an operator's word. */
  readonly cancel: (jobId: string, reason: string, by: Author) => Promise<void>
  /** Has a job run again by an operator's word; gives the new job. */
  readonly retry: (jobId: string, version: RetryVersion, by: Author) => Promise<Job>
  /** Removes a result by an operator's word; gives whether it is gone already. */
  readonly removeResult: (jobId: string, reason: string, by: Author) => Promise<boolean>
}

/** The administrator's jobs: list, show, cancel, read logs. */
export function jobRoutes(parts: JobRouteParts): Router {
  const router = new Router({ prefix: '/api/v1/jobs' })
  router.get('/', route('/api/v1/jobs', 'admin:read'), async (ctx) => {
    const { asset, state, before, limit } = readQuery(ctx, jobQuerySchema)
    if (before !== undefined && (await parts.store.job(before)) === undefined)
      throw noSuchPlace('before', `there is no job ${JSON.stringify(before)}`)
    const jobs = await parts.store.listJobs({
      limit,
      ...(asset === undefined ? {} : { assetId: asset }),
      ...(state === undefined ? {} : { state }),
      ...(before === undefined ? {} : { before }),
    })
    const page: Answer<typeof jobPageSchema> = {
      jobs: jobs.map((job) => jobView(job)),
      next: jobs.length === limit ? (jobs.at(-1)?.id ?? null) : null,
    }
    ctx.body = page
  })
  router.get('/:id', route('/api/v1/jobs/:id', 'admin:read'), async (ctx) => {
    const { observe } = readQuery(ctx, oneJobQuerySchema)
    const job = await jobOf(parts, ctx.params['id'])
    const [result, observed] = await Promise.all([
      parts.store.result(job.id),
      observe === 'true' ? observeJob(parts.backend, job, () => parts.clock.now()) : {},
    ])
    ctx.body = { ...jobView(job, result), ...observed }
  })
  router.post('/:id/cancel', route('/api/v1/jobs/:id/cancel', 'admin:operate'), async (ctx) => {
    const { reason } = readBody(await readJson(ctx, maximumBodyBytes), cancelSchema)
    await parts.cancel(ctx.params['id'] ?? '', reason, authorOf(ctx))
    ctx.body = jobView(await jobOf(parts, ctx.params['id']))
  })
  router.post('/:id/retry', route('/api/v1/jobs/:id/retry', 'admin:operate'), async (ctx) => {
    const { version } = readBody(await readJson(ctx, maximumBodyBytes), retrySchema)
    const job = await parts.retry(ctx.params['id'] ?? '', version, authorOf(ctx))
    ctx.status = 201
    ctx.set('Location', `/api/v1/jobs/${job.id}`)
    ctx.body = jobView(job)
  })
  router.delete('/:id/result', route('/api/v1/jobs/:id/result', 'admin:operate'), async (ctx) => {
    const { reason } = readQuery(ctx, removeResultQuerySchema)
    const gone = await parts.removeResult(ctx.params['id'] ?? '', reason, authorOf(ctx))
    const job = await jobOf(parts, ctx.params['id'])
    ctx.status = gone ? 200 : 202
    ctx.body = jobView(job, await parts.store.result(job.id))
  })
  router.get('/:id/logs', route('/api/v1/jobs/:id/logs', 'admin:results'), async (ctx) => {
    const query = readQuery(ctx, logQuerySchema)
    const { attempt, start, body } = await readJobLog(parts, await jobOf(parts, ctx.params['id']), query)
    ctx.set('X-Log-Attempt', String(attempt))
    ctx.set('X-Log-Start', String(start))
    ctx.body = body instanceof Uint8Array ? Buffer.from(body) : Readable.from(body)
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
