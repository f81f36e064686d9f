import { Readable } from 'node:stream'
import { Router } from '@koa/router'
import type { z } from 'zod'
import type { UsageStore } from '../../core/ports/usage-store.ts'
import type { UsageFilter, UsagePlace, UsageTotals } from '../../core/usage/query.ts'
import type { UsageRecord } from '../../core/usage/record.ts'
import { route } from '../access/route.ts'
import type { Answer } from '../http/answer.ts'
import { readQuery } from '../http/query.ts'
import {
  usageQuerySchema,
  type usageRecordSchema,
  usageRecordsQuerySchema,
  type usageSchema,
  type usageTotalsSchema,
} from './usage-schemas.ts'

/** Records that are read at once. */
const pageSize = 500

/** What the routes of usage work with. */
export interface UsageRouteParts {
  readonly store: UsageStore
  /** Writes down what was delivered so far, so that the answer has it. */
  readonly flush: () => Promise<void>
}

/** The administrator's usage: sums by agreement, asset or consumer, and the records they are made of. */
export function usageRoutes({ store, flush }: UsageRouteParts): Router {
  const router = new Router({ prefix: '/api/v1/usage' })
  router.get('/', route('/api/v1/usage', 'admin:read'), async (ctx) => {
    const { by, after, limit, ...wanted } = readQuery(ctx, usageQuerySchema)
    await flush()
    const groups = await store.usageTotals(filterOf(wanted), by, {
      limit,
      ...(after === undefined ? {} : { after }),
    })
    const view: Answer<typeof usageSchema> = {
      by,
      groups: groups.map(totalsView),
      next: groups.length === limit ? (groups.at(-1)?.key ?? null) : null,
    }
    ctx.body = view
  })
  router.get('/records', route('/api/v1/usage/records', 'admin:read'), async (ctx) => {
    const filter = filterOf(readQuery(ctx, usageRecordsQuerySchema))
    await flush()
    ctx.body = Readable.from(lines(store, filter))
    ctx.type = 'application/x-ndjson'
    ctx.set('Cache-Control', 'private, no-store')
  })
  return router
}

async function* lines(store: UsageStore, filter: UsageFilter): AsyncGenerator<Buffer> {
  let after: UsagePlace | undefined
  for (;;) {
    const page = await store.usageRecords(filter, { limit: pageSize, ...(after === undefined ? {} : { after }) })
    if (page.length > 0) yield Buffer.from(page.map((record) => `${JSON.stringify(recordView(record))}\n`).join(''))
    if (page.length < pageSize) return
    after = page.at(-1)
  }
}

function filterOf({ agreement, asset, consumer, from, to }: z.output<typeof usageRecordsQuerySchema>): UsageFilter {
  return {
    ...(agreement === undefined ? {} : { agreementId: agreement }),
    ...(asset === undefined ? {} : { assetId: asset }),
    ...(consumer === undefined ? {} : { consumerId: consumer }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  }
}

function totalsView({ succeeded, failed, cancelled, ...rest }: UsageTotals): Answer<typeof usageTotalsSchema> {
  return { ...rest, jobs: { succeeded, failed, cancelled } }
}

function recordView(record: UsageRecord): Answer<typeof usageRecordSchema> {
  const { startedAt, workerStartedAt, workerEndedAt, at, ...rest } = {
    startedAt: undefined,
    workerStartedAt: undefined,
    workerEndedAt: undefined,
    ...record,
  }
  return {
    ...rest,
    at: time(at),
    ...(startedAt === undefined ? {} : { startedAt: time(startedAt) }),
    ...(workerStartedAt === undefined ? {} : { workerStartedAt: time(workerStartedAt) }),
    ...(workerEndedAt === undefined ? {} : { workerEndedAt: time(workerEndedAt) }),
  }
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
