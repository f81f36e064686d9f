import { z } from 'zod'
import type { AdminApi } from '../api/admin-api.ts'

const policySchema = z.looseObject({
  id: z.string().nullable(),
  choice: z.enum(['given', 'kept', 'open']),
  open: z.boolean().nullable(),
  edited: z.boolean(),
})
const fieldSchema = z.looseObject({ field: z.string(), before: z.string().nullable(), after: z.string().nullable() })
const changeSchema = z.looseObject({
  object: z.string(),
  id: z.string(),
  action: z.enum(['create', 'update', 'remove']),
  fields: z.array(fieldSchema),
})
const publicationSchema = z.looseObject({
  assetId: z.string(),
  connectorId: z.string(),
  version: z.string(),
  newestVersion: z.string().nullable(),
  publishedVersion: z.string().nullable(),
  inStep: z.boolean(),
  changes: z.array(changeSchema),
  accessPolicy: policySchema,
  contractPolicy: policySchema,
  otherOffers: z.array(z.string()),
  blocked: z.array(z.looseObject({ code: z.string(), message: z.string() })),
})
const unpublicationSchema = z.looseObject({
  assetId: z.string(),
  connectorId: z.string(),
  removed: z.array(z.looseObject({ object: z.string(), id: z.string() })),
  kept: z.array(z.looseObject({ object: z.string(), id: z.string(), reason: z.string() })),
  otherOffers: z.array(z.string()),
})

/** How a publication stands. */
export type ShownPublication = z.output<typeof publicationSchema>
/** One of its policies. */
export type ShownPolicy = z.output<typeof policySchema>
/** What became of one that was taken away. */
export type ShownUnpublication = z.output<typeof unpublicationSchema>

/** What a publication shall be. */
export interface WantedPublication {
  readonly version?: string
  readonly accessPolicy?: unknown
  readonly contractPolicy?: unknown
  readonly adopt?: boolean
}

/** Publishes, or brings a publication up to date. */
export function publish(
  api: AdminApi,
  id: string,
  connector: string,
  json: WantedPublication,
): Promise<ShownPublication> {
  return api.json(pathOf(id, connector), publicationSchema, { method: 'PUT', json })
}

/** Tells what publishing would change. */
export function compare(
  api: AdminApi,
  id: string,
  connector: string,
  json: WantedPublication,
): Promise<ShownPublication> {
  return api.json(`${pathOf(id, connector)}/difference`, publicationSchema, { method: 'POST', json })
}

/** Takes an asset out of a connector's catalogue. */
export function unpublish(api: AdminApi, id: string, connector: string, adopt: boolean): Promise<ShownUnpublication> {
  const query = adopt ? '?adopt=true' : ''
  return api.json(`${pathOf(id, connector)}${query}`, unpublicationSchema, { method: 'DELETE' })
}

function pathOf(id: string, connector: string): string {
  return `/api/v1/assets/${encodeURIComponent(id)}/publications/${encodeURIComponent(connector)}`
}
