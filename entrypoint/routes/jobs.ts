import { Readable } from 'node:stream'
import { Router } from '@koa/router'
import { ServiceError } from '../../core/errors.ts'
import type { Job } from '../../core/job/job.ts'
import { logKey } from '../../core/job/names.ts'
import type { Backend } from '../../core/ports/backend.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { Store } from '../../core/ports/store.ts'
import { maximumLogBytes } from '../engine/keep-logs.ts'
import type { Answer } from '../http/answer.ts'
import { noSuchPlace, readBody, readQuery } from '../http/query.ts'
import { readJson } from '../http/read-json.ts'
import { route } from '../http/request-log.ts'
import { cancelSchema, type jobPageSchema, jobQuerySchema, logQuerySchema } from './job-schemas.ts'
import { jobView } from './job-view.ts'

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
  router.get('/:id', route('/api/v1/jobs/:id'), async (ctx) => {
    const job = await jobOf(parts, ctx.params['id'])
    ctx.body = jobView(job, await parts.store.result(job.id))
  })
  router.post('/:id/cancel', route('/api/v1/jobs/:id/cancel'), async (ctx) => {
    const { reason } = readBody(await readJson(ctx, maximumBodyBytes), cancelSchema)
    await parts.cancel(ctx.params['id'] ?? '', reason)
    ctx.body = jobView(await jobOf(parts, ctx.params['id']))
  })
  router.get('/:id/logs', route('/api/v1/jobs/:id/logs'), async (ctx) => {
    const { container, attempt } = readQuery(ctx, logQuerySchema)
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
