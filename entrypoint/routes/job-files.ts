import { Router } from '@koa/router'
import { filesPrefix } from '../../core/job/names.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { Store } from '../../core/ports/store.ts'
import { fileOf, resultOfJob } from '../gateway/find-result.ts'
import { sendFile } from '../gateway/send-file.ts'
import { archiveName, sendZip } from '../gateway/send-zip.ts'
import { route } from '../access/route.ts'

/** The files of a job's result for the administrator: as the gateway serves them, by the job and without its token. */
export function jobFileRoutes({ store, objects }: { readonly store: Store; readonly objects: ObjectStore }): Router {
  const router = new Router({ prefix: '/api/v1/jobs' })
  router.get(`/:id/${archiveName}`, route(`/api/v1/jobs/:id/${archiveName}`, 'admin:results'), async (ctx) =>
    sendZip(ctx, objects, await resultOfJob(store, ctx.params['id'] ?? '')),
  )
  router.get('/:id/files/*path', route('/api/v1/jobs/:id/files/*path', 'admin:results'), async (ctx) => {
    const result = await resultOfJob(store, ctx.params['id'] ?? '')
    const file = fileOf(result, ctx.params['path'])
    return sendFile(ctx, objects, filesPrefix(result) + file.path, file)
  })
  return router
}
