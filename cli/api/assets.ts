import { z } from 'zod'
import type { AdminApi } from './admin-api.ts'

/** A registered version as lists show it. Fields not named here are kept as they are. */
const assetVersionSchema = z.looseObject({
  id: z.string(),
  version: z.string(),
  enabled: z.boolean(),
  /** ISO 8601. */
  registeredAt: z.string(),
  bundled: z.array(z.looseObject({ name: z.string(), size: z.number(), sha256: z.string() })),
})
/** One version with what was registered. */
const assetDetailsSchema = assetVersionSchema.extend({
  /** The document as it was sent, before defaults. */
  document: z.unknown(),
  dotenv: z.string().nullable(),
})

/** A registered version of a compute asset. */
export type AssetVersion = z.output<typeof assetVersionSchema>
/** A registered version with its document and dotenv file. */
export type AssetDetails = z.output<typeof assetDetailsSchema>

const pageSchema = z.object({ assets: z.array(assetVersionSchema), next: z.string().nullable() })
const versionsSchema = z.looseObject({ id: z.string(), versions: z.array(assetVersionSchema).min(1) })

/** Every version of every asset, page by page. */
export async function listAssets(api: AdminApi): Promise<readonly AssetVersion[]> {
  const found: AssetVersion[] = []
  let after = ''
  for (;;) {
    const { assets, next } = await api.json(`/api/v1/assets${after}`, pageSchema)
    found.push(...assets)
    if (next === null) return found
    after = `?after=${encodeURIComponent(next)}`
  }
}

/** The versions of one asset, the last registered first: that is the one a new transfer gets. */
export function assetVersions(api: AdminApi, id: string): Promise<z.output<typeof versionsSchema>> {
  return api.json(assetPath(id), versionsSchema)
}

/** One version. */
export function assetDetails(api: AdminApi, id: string, version: string): Promise<AssetDetails> {
  return api.json(versionPath(id, version), assetDetailsSchema)
}

/** Takes an asset off the offer for new transfers, or puts it back; what runs goes on. */
export function offerAsset(
  api: AdminApi,
  id: string,
  action: 'pause' | 'resume',
): Promise<z.output<typeof versionsSchema>> {
  return api.json(`${assetPath(id)}/${action}`, versionsSchema, { method: 'POST' })
}

/** Removes every version. */
export function removeAsset(api: AdminApi, id: string): Promise<void> {
  return api.send(assetPath(id), { method: 'DELETE' })
}

/** Registers what a form holds: under a new version, or in place of the one that `replace` names. */
export function registerAsset(
  api: AdminApi,
  form: { readonly stream: ReadableStream<Uint8Array>; readonly contentType: string },
  replace?: { readonly id: string; readonly version: string },
): Promise<AssetVersion> {
  return replace === undefined
    ? api.json('/api/v1/assets', assetVersionSchema, { method: 'POST', body: form })
    : api.json(versionPath(replace.id, replace.version), assetVersionSchema, { method: 'PUT', body: form })
}

function assetPath(id: string): string {
  return `/api/v1/assets/${encodeURIComponent(id)}`
}

function versionPath(id: string, version: string): string {
  return `${assetPath(id)}/versions/${encodeURIComponent(version)}`
}
