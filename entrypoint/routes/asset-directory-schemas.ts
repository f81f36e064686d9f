import { z } from 'zod'
import { timeSchema } from '../http/answer.ts'

/** What the asset directory gave when it was looked at last. */
export const assetDirectorySchema = z
  .strictObject({
    directory: z.string().nullable().meta({ description: 'DSC_ASSETS_DIRECTORY; null where it is not set.' }),
    lookedAt: timeSchema.nullable().meta({ description: 'null until it was looked at.' }),
    unreadable: z
      .string()
      .nullable()
      .meta({ description: 'Why it cannot be read. What came from it before is offered on.' }),
    folders: z
      .array(
        z.strictObject({
          folder: z.string().meta({ description: 'Below the directory; . for the directory itself.' }),
          id: z.string().nullable().meta({ description: 'Of the asset; null where it cannot be read.' }),
          version: z.string().nullable(),
          registered: z.boolean().meta({ description: 'Whether the asset is registered as the folder has it.' }),
          problem: z
            .strictObject({
              code: z.string().meta({ description: 'From the catalogue of errors.' }),
              message: z.string(),
              hint: z.string(),
              problems: z.array(z.strictObject({ where: z.string(), message: z.string() })),
            })
            .nullable(),
        }),
      )
      .meta({ description: 'Every folder with an asset, by name.' }),
  })
  .meta({ id: 'AssetDirectory' })
