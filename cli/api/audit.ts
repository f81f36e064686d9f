import { z } from 'zod'
import type { AdminApi } from './admin-api.ts'
import { queryText } from './query-text.ts'

const entrySchema = z.looseObject({
  sequence: z.number(),
  at: z.string(),
  action: z.string(),
  actor: z.looseObject({ kind: z.string(), id: z.string().optional(), name: z.string().optional() }),
  object: z.looseObject({ kind: z.string(), id: z.string() }),
  jobId: z.string().optional(),
  outcome: z.string(),
  detail: z.record(z.string(), z.unknown()).optional(),
  hash: z.string(),
})

/** An entry of the audit log; its time in ISO 8601. */
export type ShownEntry = z.output<typeof entrySchema>

const pageSchema = z.looseObject({ entries: z.array(entrySchema), next: z.number().nullable() })

const placeSchema = z.looseObject({ sequence: z.number(), hash: z.string() })
const reportSchema = z.looseObject({
  intact: z.boolean(),
  entries: z.number(),
  anchors: z.number(),
  pruned: placeSchema,
  head: placeSchema,
  problem: z.looseObject({ sequence: z.number(), message: z.string() }).optional(),
})

/** What a check of the log found. */
export type ShownLogReport = z.output<typeof reportSchema>

/** Which entries are wanted; what is unset says nothing. */
export interface AuditFilter {
  readonly action?: string | undefined
  /** A kind of actor, or a kind and an id: `connector:provider`. */
  readonly actor?: string | undefined
  readonly kind?: string | undefined
  readonly object?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** A page of the audit log, newest first; `next` is the `before` of the page after it. */
export function listAudit(
  api: AdminApi,
  query: AuditFilter & { readonly before?: number | undefined; readonly limit: number },
): Promise<z.output<typeof pageSchema>> {
  return api.json(`/api/v1/audit?${queryText({ ...query })}`, pageSchema)
}

/** Has the service check its log. It reads every entry: without a limit of time. */
export function verifyAudit(api: AdminApi): Promise<ShownLogReport> {
  return api.json('/api/v1/audit/verification', reportSchema, { timeoutMs: undefined })
}

/** The log, oldest first, a JSON object per line, as it comes. */
export function exportAudit(api: AdminApi, filter: AuditFilter): Promise<ReadableStream<Uint8Array>> {
  return api.stream(`/api/v1/audit/export?${queryText({ ...filter })}`)
}
