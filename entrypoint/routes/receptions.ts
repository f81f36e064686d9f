import { Router } from '@koa/router'
import type { Context } from 'koa'
import type { AuditDraft } from '../../core/audit/entry.ts'
import { ServiceError } from '../../core/errors.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { Store } from '../../core/ports/store.ts'
import { receptionPrefix } from '../../core/reception/names.ts'
import type { Reception } from '../../core/reception/reception.ts'
import { authorOf } from '../access/author-of.ts'
import { route } from '../access/route.ts'
import { sendFile } from '../gateway/send-file.ts'
import type { Answer } from '../http/answer.ts'
import { noSuchPlace, readQuery } from '../http/query.ts'
import type { Receiving } from '../receiving/open.ts'
import { type receptionPageSchema, receptionQuerySchema } from './reception-schemas.ts'
import { receptionView } from './reception-view.ts'

/** What the routes of receptions work with. */
export interface ReceptionRouteParts {
  readonly store: Store
  readonly objects: ObjectStore
  readonly receiving: Pick<Receiving, 'fetchAgain' | 'remove'>
}

/** The administrator's receptions: list, show, fetch again, read files, remove. */
export function receptionRoutes(parts: ReceptionRouteParts): Router {
  const router = new Router({ prefix: '/api/v1/receptions' })
  router.get('/', route('/api/v1/receptions', 'admin:read'), async (ctx) => {
    const { connector, process, state, before, limit } = readQuery(ctx, receptionQuerySchema)
    if (before !== undefined && (await parts.store.reception(before)) === undefined)
      throw noSuchPlace('before', `there is no reception ${JSON.stringify(before)}`)
    const receptions = await parts.store.listReceptions({
      limit,
      ...(connector === undefined ? {} : { connectorId: connector }),
      ...(process === undefined ? {} : { processId: process }),
      ...(state === undefined ? {} : { state }),
      ...(before === undefined ? {} : { before }),
    })
    const page: Answer<typeof receptionPageSchema> = {
      receptions: receptions.map(receptionView),
      next: receptions.length === limit ? (receptions.at(-1)?.id ?? null) : null,
    }
    ctx.body = page
  })
  router.get('/:id', route('/api/v1/receptions/:id', 'admin:read'), async (ctx) => {
    ctx.body = receptionView(await receptionOf(parts, ctx.params['id']))
  })
  router.post('/:id/fetch', route('/api/v1/receptions/:id/fetch', 'admin:operate'), async (ctx) => {
    const { id } = await receptionOf(parts, ctx.params['id'])
    ctx.body = receptionView(await parts.receiving.fetchAgain(id, authorOf(ctx)))
  })
  router.delete('/:id', route('/api/v1/receptions/:id', 'admin:operate'), async (ctx) => {
    const { id } = await receptionOf(parts, ctx.params['id'])
    const { reception, gone } = await parts.receiving.remove(id, authorOf(ctx))
    ctx.status = gone ? 200 : 202
    ctx.body = receptionView(reception)
  })
  router.get('/:id/files/*path', route('/api/v1/receptions/:id/files/*path', 'admin:results'), async (ctx) => {
    const { id, content, state, removedAt } = await receptionOf(parts, ctx.params['id'])
    if (state === 'removed')
      throw new ServiceError('result-gone', `The files were removed ${new Date(removedAt ?? 0).toISOString()}.`)
    const file = state === 'received' ? content?.files.find(({ path }) => path === ctx.params['path']) : undefined
    if (content === undefined || file === undefined)
      throw new ServiceError('result-unknown', `No file ${JSON.stringify(ctx.params['path'])} was received (yet).`)
    await parts.store.appendAudit([readBy(ctx, id)])
    return sendFile(ctx, parts.objects, receptionPrefix(id) + content.folder + file.path, file)
  })
  return router
}

/** Names of files may say something of the data: the entry does not have them. */
function readBy(ctx: Context, id: string): AuditDraft {
  return { ...authorOf(ctx), action: 'reception.read', object: { kind: 'reception', id }, outcome: 'done' }
}

async function receptionOf({ store }: ReceptionRouteParts, id = ''): Promise<Reception> {
  const found = await store.reception(id)
  if (found === undefined) throw new ServiceError('reception-unknown', `There is no reception ${JSON.stringify(id)}.`)
  return found.value
}
