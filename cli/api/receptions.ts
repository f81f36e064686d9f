import { z } from 'zod'
import type { AdminApi } from './admin-api.ts'
import { queryText } from './query-text.ts'

/** A reception as the admin API shows it; times in ISO 8601. Fields not named here are kept as they are. */
const receptionSchema = z.looseObject({
  id: z.string(),
  connectorId: z.string(),
  processId: z.string(),
  mode: z.string(),
  flow: z.string(),
  state: z.enum(['awaited', 'fetching', 'verifying', 'received', 'failed', 'removed']),
  assetId: z.string(),
  agreementId: z.string(),
  providerId: z.string().nullable(),
  profile: z.string(),
  parameters: z.string().nullable(),
  destination: z.string().nullable(),
  source: z.string().nullable(),
  waitsFor: z.string().nullable(),
  troubleSince: z.string().nullable(),
  failure: z.looseObject({ cause: z.string(), message: z.string(), title: z.string(), hint: z.string() }).nullable(),
  reason: z.string().nullable(),
  createdAt: z.string(),
  since: z.string(),
  removeAt: z.string().nullable(),
  removedAt: z.string().nullable(),
  content: z
    .looseObject({
      files: z.array(z.looseObject({ path: z.string(), size: z.number(), sha256: z.string() })),
      totalBytes: z.number(),
      verifiedBy: z.string(),
    })
    .nullable(),
})

/** A reception. */
export type ShownReception = z.output<typeof receptionSchema>
/** Where its data stands. */
export type ShownReceptionState = ShownReception['state']

const pageSchema = z.looseObject({ receptions: z.array(receptionSchema), next: z.string().nullable() })

/** Which receptions are wanted. */
export interface ReceptionQuery {
  readonly connector?: string | undefined
  readonly process?: string | undefined
  readonly state?: string | undefined
  /** Receptions older than this one. */
  readonly before?: string | undefined
  /** 1 to 500. */
  readonly limit: number
}

/** A page of receptions, newest first; `next` is the `before` of the page after it. */
export function listReceptions(api: AdminApi, query: ReceptionQuery): Promise<z.output<typeof pageSchema>> {
  return api.json(`/api/v1/receptions?${queryText({ ...query })}`, pageSchema)
}

/** One reception. */
export function reception(api: AdminApi, id: string): Promise<ShownReception> {
  return api.json(receptionPath(id), receptionSchema)
}

/** Has its data fetched, or verified, again. */
export function fetchReception(api: AdminApi, id: string): Promise<ShownReception> {
  return api.json(`${receptionPath(id)}/fetch`, receptionSchema, { method: 'POST' })
}

/** Removes its files; gives the reception as it is then. */
export function removeReception(api: AdminApi, id: string): Promise<ShownReception> {
  return api.json(receptionPath(id), receptionSchema, { method: 'DELETE', timeoutMs: undefined })
}

/** One received file, as it comes. */
export function receivedFile(api: AdminApi, id: string, path: string): Promise<ReadableStream<Uint8Array>> {
  return api.stream(`${receptionPath(id)}/files/${path.split('/').map(encodeURIComponent).join('/')}`)
}

function receptionPath(id: string): string {
  return `/api/v1/receptions/${encodeURIComponent(id)}`
}
