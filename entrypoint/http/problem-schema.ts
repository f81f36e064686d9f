import { z } from 'zod'
import { errorCatalogue } from '../../core/errors.ts'
import { namesOf } from './answer.ts'

/** An error as every listener answers it (RFC 9457). */
export const problemSchema = z
  .strictObject({
    type: z.string().meta({ description: 'urn:dataspace-compute:error: and the code' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What is wrong this time.' }),
    code: z.enum(namesOf(errorCatalogue)).meta({ description: 'Stable: programs may decide by it.' }),
    hint: z.string().meta({ description: 'What to do about it.' }),
    problems: z
      .array(
        z.strictObject({
          where: z.string().meta({ description: 'A path, a line, a parameter; empty: the input as a whole.' }),
          message: z.string(),
        }),
      )
      .min(1)
      .optional()
      .meta({ description: 'Where several things are wrong, each of them.' }),
    requestId: z.string().meta({ description: 'The same as in X-Request-Id and in the log of the service.' }),
  })
  .meta({ id: 'Problem', description: 'What went wrong, as application/problem+json (RFC 9457).' })
