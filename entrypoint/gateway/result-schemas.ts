import { z } from 'zod'
import { sha256Schema } from '../http/answer.ts'

const file = z.strictObject({
  path: z.string(),
  size: z.int().min(0).meta({ description: 'Bytes.' }),
  sha256: sha256Schema,
  mediaType: z.string().optional().meta({ description: 'As the asset declares it.' }),
})

/** A file of a result. */
export const resultFileSchema = file.meta({ id: 'ResultFile' })

/** What the address of a result answers where there are several files, or none. */
export const listingSchema = z
  .strictObject({
    files: z.array(
      file.extend({
        href: z.string().meta({ description: 'Relative to the address of the result and a slash.' }),
      }),
    ),
    totalBytes: z.int().min(0),
  })
  .meta({ id: 'Listing' })

/** The result manifest. */
export const manifestSchema = z
  .strictObject({
    version: z.literal(1),
    jobId: z.string(),
    attempt: z.int().min(1),
    files: z.array(resultFileSchema).meta({ description: 'Sorted by path.' }),
    totalBytes: z.int().min(0),
  })
  .meta({ id: 'ResultManifest' })
