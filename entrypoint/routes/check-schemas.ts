import { z } from 'zod'
import { checkRules } from '../check/finding.ts'
import { namesOf, timeSchema } from '../http/answer.ts'

/** What is to be checked beyond the record, the backend and the names and sizes in the object store. */
export const wholeCheckRequestSchema = z
  .strictObject({
    digests: z.boolean().default(false).meta({
      description: 'Read every byte of every result and reception that is kept, and hold it against its manifest.',
    }),
    connectors: z
      .boolean()
      .default(false)
      .meta({ description: 'Ask the connectors about their transfer processes, open or ended today.' }),
  })
  .meta({ id: 'CheckRequest' })

const count = z.int().min(0)

/** What a check of the whole found. */
export const wholeCheckReportSchema = z
  .strictObject({
    ok: z.boolean().meta({ description: 'Nothing was found.' }),
    at: timeSchema,
    findings: z.array(
      z
        .strictObject({
          rule: z.enum(namesOf(checkRules)),
          about: z.string().meta({
            description: 'The id of a job, transfer, callback or reception, an asset, or a prefix in the object store.',
          }),
          message: z.string(),
          promise: z.string().meta({ description: 'What should hold.' }),
          hint: z.string(),
        })
        .meta({ id: 'Finding' }),
    ),
    seen: z
      .strictObject({
        jobs: count,
        transfers: count,
        results: count,
        callbacks: count,
        receptions: count,
        attempts: count.meta({ description: 'Attempts that exist on the backend, of every installation.' }),
        objects: count.meta({ description: 'Objects in the object store.' }),
        processes: count.meta({ description: 'Transfer processes that connectors were asked about.' }),
      })
      .meta({ description: 'How much was looked at.' }),
  })
  .meta({ id: 'CheckReport' })
