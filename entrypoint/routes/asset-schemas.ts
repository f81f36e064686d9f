import { z } from 'zod'
import { sha256Schema, timeSchema } from '../http/answer.ts'

const fields = {
  id: z.string(),
  version: z.string(),
  enabled: z.boolean().meta({ description: 'Whether new transfers may get it.' }),
  registeredAt: timeSchema,
  bundled: z
    .array(z.strictObject({ name: z.string(), size: z.int().min(0), sha256: sha256Schema }))
    .meta({ description: 'Inputs registered with it.' }),
}

/** A registered version of a compute asset. */
export const assetVersionSchema = z.strictObject(fields).meta({ id: 'AssetVersion' })

/** A version with what was sent. */
export const assetDetailSchema = z
  .strictObject({
    ...fields,
    document: z.unknown().meta({ type: 'object', description: 'The ComputeAsset as it was sent.' }),
    dotenv: z.string().nullable().meta({ description: 'The dotenv file as it was sent.' }),
  })
  .meta({ id: 'AssetDetail' })

/** Every version of one asset. */
export const assetSchema = z
  .strictObject({
    id: z.string(),
    versions: z.array(assetVersionSchema).min(1).meta({ description: 'Registered last first.' }),
  })
  .meta({ id: 'Asset' })

/** A page of versions of all assets. */
export const assetPageSchema = z
  .strictObject({
    assets: z.array(assetVersionSchema),
    next: z.string().nullable().meta({ description: 'What the next page takes as after; null on the last one.' }),
  })
  .meta({ id: 'AssetPage' })

/** What can be asked of the list of assets. */
export const assetQuerySchema = z.strictObject({
  after: z
    .string()
    .max(200)
    .optional()
    .meta({ description: 'Versions behind this one, as <id>/<version>: next of the page before.' }),
  limit: z.coerce.number().int().min(1).max(500).default(500),
})
