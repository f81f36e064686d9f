import { Readable } from 'node:stream'
import { Router } from '@koa/router'
import type { z } from 'zod'
import { exportedLine, type SealedEntry } from '../../core/audit/chain.ts'
import { actorKinds } from '../../core/audit/entry.ts'
import type { AuditQuery } from '../../core/audit/query.ts'
import type { AuditStore } from '../../core/ports/audit-store.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import { authorOf } from '../access/author-of.ts'
import { route } from '../access/route.ts'
import { readAnchors } from '../audit/anchors.ts'
import { verifyLog } from '../audit/verify-log.ts'
import type { Answer } from '../http/answer.ts'
import { readQuery } from '../http/query.ts'
import {
  type auditEntrySchema,
  auditExportQuerySchema,
  type auditPageSchema,
  auditQuerySchema,
  type auditReportSchema,
} from './audit-schemas.ts'

/** Entries that an export reads at once. */
const pageSize = 500

/** What the routes of the audit log work with. */
export interface AuditRouteParts {
  readonly store: AuditStore
  readonly objects: Pick<ObjectStore, 'list' | 'open'>
}

/** The administrator's audit log: read, export, check. Nothing here changes it, but that an export is an entry, too. */
export function auditRoutes({ store, objects }: AuditRouteParts): Router {
  const router = new Router({ prefix: '/api/v1/audit' })
  router.get('/', route('/api/v1/audit', 'admin:read'), async (ctx) => {
    const { before, limit, ...wanted } = readQuery(ctx, auditQuerySchema)
    const sealed = await store.auditEntries({
      ...filterOf(wanted),
      order: 'newest-first',
      limit,
      ...(before === undefined ? {} : { after: before }),
    })
    const last = sealed.length === limit ? sealed.at(-1) : undefined
    const page: Answer<typeof auditPageSchema> = {
      entries: sealed.map(entryView),
      next: last?.entry.sequence ?? null,
    }
    ctx.body = page
  })
  router.get('/verification', route('/api/v1/audit/verification', 'admin:read'), async (ctx) => {
    const report = await verifyLog(store, await readAnchors(objects))
    const view: Answer<typeof auditReportSchema> = { intact: report.problem === undefined, ...report }
    ctx.body = view
  })
  router.get('/export', route('/api/v1/audit/export', 'admin:read'), async (ctx) => {
    const filter = filterOf(readQuery(ctx, auditExportQuerySchema))
    await store.appendAudit([
      { ...authorOf(ctx), action: 'log.exported', object: { kind: 'log', id: 'audit' }, outcome: 'done' },
    ])
    const { last } = await store.auditHead()
    ctx.body = Readable.from(lines(store, filter, last.sequence))
    ctx.type = 'application/x-ndjson'
    ctx.set('Cache-Control', 'private, no-store')
  })
  return router
}

/** Every entry that fits, oldest first, up to the one that was the last when the export began. */
async function* lines(
  store: AuditStore,
  filter: Omit<AuditQuery, 'order' | 'limit'>,
  through: number,
): AsyncGenerator<Buffer> {
  let after = 0
  for (;;) {
    const page = await store.auditEntries({ ...filter, order: 'oldest-first', after, limit: pageSize })
    const wanted = page.filter(({ entry }) => entry.sequence <= through)
    if (wanted.length > 0) yield Buffer.from(wanted.map((sealed) => `${exportedLine(sealed)}\n`).join(''))
    if (page.length < pageSize || wanted.length < page.length) return
    after = page.at(-1)?.entry.sequence ?? through
  }
}

function filterOf({ action, actor, kind, object, from, to }: z.output<typeof auditExportQuerySchema>) {
  const [, actorKindText, actorId] = /^([^:]*)(?::([^]*))?$/.exec(actor ?? '') ?? []
  const actorKind = actorKinds.find((known) => known === actorKindText)
  return {
    ...(action === undefined ? {} : { action }),
    ...(actorKind === undefined ? {} : { actorKind }),
    ...(actorId === undefined ? {} : { actorId }),
    ...(kind === undefined ? {} : { objectKind: kind }),
    ...(object === undefined ? {} : { objectId: object }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  }
}

function entryView({ entry, hash }: SealedEntry): Answer<typeof auditEntrySchema> {
  return { ...entry, hash }
}
