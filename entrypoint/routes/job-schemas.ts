import { z } from 'zod'
import { causes } from '../../core/job/causes.ts'
import { jobTransitions } from '../../core/job/transition.ts'
import { containers } from '../../core/ports/backend.ts'
import { resultFileSchema } from '../gateway/result-schemas.ts'
import { namesOf, timeSchema } from '../http/answer.ts'

const states = namesOf(jobTransitions)

/** Why a job or an attempt failed. */
export const failureSchema = z
  .strictObject({
    cause: z.enum(namesOf(causes)),
    message: z.string().meta({ description: 'What happened this time.' }),
    exitCode: z.int().optional().meta({ description: 'The worker’s, where it ended with one.' }),
    lastLogLines: z
      .array(z.string())
      .max(20)
      .optional()
      .meta({ description: 'Of the container that failed, oldest first.' }),
    title: z.string(),
    hint: z.string().meta({ description: 'What to do about it.' }),
  })
  .meta({ id: 'Failure' })

/** One try of a job. */
export const attemptSchema = z
  .strictObject({
    number: z.int().min(1),
    startedAt: timeSchema.meta({ description: 'When it took its slot.' }),
    workerStartedAt: timeSchema.nullable(),
    objectsRemoved: z.boolean().meta({ description: 'Only then its slot is free.' }),
    failure: failureSchema.optional(),
  })
  .meta({ id: 'Attempt' })

/** The registered result of a job. */
export const jobResultSchema = z
  .strictObject({
    attempt: z.int().min(1),
    files: z.array(resultFileSchema),
    totalBytes: z.int().min(0),
    registeredAt: timeSchema,
    expiresAt: timeSchema.nullable().meta({ description: 'Set when its transfer is over.' }),
    removedAt: timeSchema.nullable(),
  })
  .meta({ id: 'JobResult' })

/** What the backend says of an attempt right now. */
export const observationSchema = z
  .strictObject({
    at: timeSchema.meta({ description: 'When the backend was asked.' }),
    phase: z
      .enum(['absent', 'removing', 'preparing', 'running', 'storing', 'stored', 'failed'])
      .meta({ description: 'How far the attempt’s objects are; absent: there are none (yet).' }),
    waiting: z
      .strictObject({
        since: timeSchema.meta({ description: 'startTimeout counts from here, anew for each container.' }),
        trouble: z
          .strictObject({
            cause: z.enum(namesOf(causes)),
            title: z.string(),
            message: z.string().meta({ description: 'What the backend says of it.' }),
            hint: z.string().meta({ description: 'What to do about it.' }),
            final: z.boolean().meta({ description: 'Whether waiting cannot mend it.' }),
          })
          .optional()
          .meta({ description: 'What keeps the container from starting, where that is known.' }),
      })
      .optional()
      .meta({ description: 'A container that has not started yet.' }),
  })
  .meta({ id: 'Observation' })

const retryOfSchema = z.string().meta({ description: 'The job that this one repeats by an operator’s word.' })

const originSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('transfer'),
      transferId: z.string(),
      connectorId: z.string(),
      retryOf: retryOfSchema.optional(),
    }),
    z.strictObject({ kind: z.literal('operator'), retryOf: retryOfSchema }),
  ])
  .meta({ id: 'Origin', description: 'For whom the job runs: a consumer’s transfer, or the operator alone.' })

/** A job. */
export const jobSchema = z
  .strictObject({
    id: z.string(),
    state: z.enum(states),
    assetId: z.string(),
    assetVersion: z.string().nullable().meta({ description: 'Null until the job was verified.' }),
    origin: originSchema,
    agreementId: z.string().nullable(),
    consumerId: z.string().nullable(),
    parameters: z.record(z.string(), z.string()).nullable(),
    attempt: z.int().min(1).meta({ description: 'The attempt under way, or the one that comes next.' }),
    attempts: z.array(attemptSchema),
    createdAt: timeSchema,
    since: timeSchema.meta({ description: 'When it came into its state.' }),
    retriedAs: z.string().optional().meta({ description: 'The job that repeats this one.' }),
    failure: failureSchema.optional().meta({ description: 'Of a failed job.' }),
    cancelled: z
      .strictObject({ by: z.enum(['connector', 'consumer', 'operator']), reason: z.string() })
      .optional()
      .meta({ description: 'Of a cancelled job.' }),
    observed: observationSchema.optional().meta({
      description: 'Of an attempt under way, where one job is asked for and its backend answers in time.',
    }),
    notObserved: z
      .string()
      .optional()
      .meta({ description: 'Why observed is absent although an attempt is under way.' }),
    result: jobResultSchema.optional().meta({ description: 'Of a job that succeeded, where one job is asked for.' }),
  })
  .meta({ id: 'Job' })

/** A page of jobs. */
export const jobPageSchema = z
  .strictObject({
    jobs: z.array(jobSchema),
    next: z.string().nullable().meta({ description: 'What the next page takes as before; null on the last one.' }),
  })
  .meta({ id: 'JobPage' })

/** What can be asked of the list of jobs. */
export const jobQuerySchema = z.strictObject({
  asset: z.string().max(64).optional().meta({ description: 'Jobs of this asset.' }),
  state: z
    .enum(states, { error: `expected one of ${states.join(', ')}` })
    .optional()
    .meta({ description: 'Jobs in this state.' }),
  before: z.string().max(64).optional().meta({ description: 'Jobs older than this one: next of the page before.' }),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})

/** What can be asked of one job. */
export const oneJobQuerySchema = z.strictObject({
  observe: z
    .enum(['true', 'false'], { error: 'expected true or false' })
    .default('true')
    .meta({ description: 'Whether the backend is asked about an attempt under way.' }),
})

/** What can be asked of a job's log. */
export const logQuerySchema = z.strictObject({
  container: z.enum(containers).default('worker'),
  attempt: z.coerce.number().int().min(1).optional().meta({ description: 'The newest where it is absent.' }),
  offset: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .default(0)
    .meta({ description: 'Bytes of the log to leave out: those the reader has already.' }),
})

/** What a repetition asks for. */
export const retrySchema = z
  .strictObject({
    version: z
      .enum(['same', 'newest'])
      .default('same')
      .meta({ description: 'The asset’s version that the job had, or the newest registered one.' }),
  })
  .meta({ id: 'Retry' })

/** What is said when a result is removed. */
export const removeResultQuerySchema = z.strictObject({
  reason: z.string().min(1).max(500).default('by the operator').meta({ description: 'Why; the audit log keeps it.' }),
})

/** What a cancellation says. */
export const cancelSchema = z
  .strictObject({ reason: z.string().min(1).max(500).meta({ description: 'The connector is told it.' }) })
  .meta({ id: 'Cancellation' })
