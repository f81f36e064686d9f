import { z } from 'zod'
import { sha256Schema, timeSchema } from '../http/answer.ts'

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

/** What the address answers in place of a result, where the job failed and its asset reports failures. */
export const failureReportSchema = z
  .strictObject({
    state: z.literal('failed'),
    failure: z.strictObject({
      cause: z.string().meta({ description: 'Stable: one of the causes of failure.' }),
      title: z.string(),
      message: z.string().optional().meta({ description: 'Where it speaks of nothing that is the provider’s own.' }),
      exitCode: z.int().optional(),
      lastLogLines: z.array(z.string()).optional().meta({ description: 'Only where the asset shares them.' }),
    }),
  })
  .meta({ id: 'FailureReport' })

/** What the address answers while the job of a transfer that started at once is under way. */
export const progressSchema = z
  .strictObject({
    state: z.enum(['accepted', 'queued', 'starting', 'running', 'storing']),
    since: timeSchema.meta({ description: 'Since when it is in this state.' }),
    attempt: z.int().min(1),
    startedAt: timeSchema.nullable().meta({ description: 'When the worker of this attempt started.' }),
  })
  .meta({ id: 'JobProgress' })

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
