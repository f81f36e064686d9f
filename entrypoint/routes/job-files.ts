import { Router } from '@koa/router'
import type { Context } from 'koa'
import type { AuditDraft } from '../../core/audit/entry.ts'
import type { Result } from '../../core/job/job.ts'
import { filesPrefix } from '../../core/job/names.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { Store } from '../../core/ports/store.ts'
import { authorOf } from '../access/author-of.ts'
import { fileOf, resultOfJob } from '../gateway/find-result.ts'
import { sendFile } from '../gateway/send-file.ts'
import { archiveName, sendZip } from '../gateway/send-zip.ts'
import { route } from '../access/route.ts'

/** The files of a job's result for the administrator: as the gateway serves them, by the job and without its token. */
export function jobFileRoutes({ store, objects }: { readonly store: Store; readonly objects: ObjectStore }): Router {
  const router = new Router({ prefix: '/api/v1/jobs' })
  router.get(`/:id/${archiveName}`, route(`/api/v1/jobs/:id/${archiveName}`, 'admin:results'), async (ctx) => {
    const result = await resultOfJob(store, ctx.params['id'] ?? '')
    await store.appendAudit([readBy(ctx, result, 'archive')])
    return sendZip(ctx, objects, result)
  })
  router.get('/:id/files/*path', route('/api/v1/jobs/:id/files/*path', 'admin:results'), async (ctx) => {
    const result = await resultOfJob(store, ctx.params['id'] ?? '')
    const file = fileOf(result, ctx.params['path'])
    await store.appendAudit([readBy(ctx, result, 'file')])
    return sendFile(ctx, objects, filesPrefix(result) + file.path, file)
  })
  return router
}

/** Names of files may say something of the consumer: the entry does not have them. */
function readBy(ctx: Context, { jobId, attempt }: Result, what: 'file' | 'archive'): AuditDraft {
  const object = { kind: 'result', id: jobId } as const
  return { ...authorOf(ctx), action: 'result.read', object, jobId, outcome: 'done', detail: { attempt, what } }
}
