import { z } from 'zod'
import { usageGroups } from '../../core/usage/query.ts'
import { timeSchema } from '../http/answer.ts'
import { momentSchema } from './audit-schemas.ts'

const amounts = {
  cpuSeconds: z.number().min(0).meta({ description: 'Requested cores times the worker’s seconds.' }),
  memoryGibSeconds: z.number().min(0).meta({ description: 'Requested GiB of memory times the worker’s seconds.' }),
  gpuSeconds: z.number().min(0).meta({ description: 'Requested devices times the worker’s seconds.' }),
  fetchedBytes: z.int().min(0).meta({ description: 'Inputs that the sidecar fetched.' }),
  storedBytes: z.int().min(0).meta({ description: 'Stored of outputs.' }),
  deliveredBytes: z.int().min(0).meta({ description: 'Given to consumers by the result gateway.' }),
  deliveries: z.int().min(0).meta({ description: 'Answers in which it did.' }),
}
const count = z.int().min(0)

/** Sums of one group. */
export const usageTotalsSchema = z
  .strictObject({
    key: z.string().nullable().meta({
      description: 'The agreement, asset or consumer; null for all, and for jobs that were never verified.',
    }),
    jobs: z.strictObject({ succeeded: count, failed: count, cancelled: count }),
    attempts: count,
    ...amounts,
  })
  .meta({ id: 'UsageTotals' })

/** Usage by group. */
export const usageSchema = z
  .strictObject({
    by: z.enum(usageGroups),
    groups: z.array(usageTotalsSchema),
    next: z.string().nullable().meta({ description: 'What the next page takes as after; null on the last one.' }),
  })
  .meta({ id: 'Usage' })

/** One usage record, a line of the records’ answer. */
export const usageRecordSchema = z
  .strictObject({
    kind: z.enum(['attempt', 'job', 'delivery']),
    jobId: z.string(),
    number: z.int().min(0).meta({ description: 'The attempt; 0 of a job; of a delivery the day, counted from 1970.' }),
    at: timeSchema.meta({ description: 'When it was over.' }),
    assetId: z.string(),
    assetVersion: z.string().nullable(),
    agreementId: z.string().nullable(),
    consumerId: z.string().nullable(),
    connectorId: z.string().nullable(),
    outcome: z.enum(['succeeded', 'failed', 'cancelled']).optional(),
    cause: z.string().optional(),
    startedAt: timeSchema.optional(),
    workerStartedAt: timeSchema.optional(),
    workerEndedAt: timeSchema.optional(),
    estimated: z.literal(true).optional().meta({ description: 'Nobody saw the worker end.' }),
    ...amounts,
  })
  .meta({ id: 'UsageRecord' })

const filters = {
  agreement: z.string().min(1).max(512).optional().meta({ description: 'Of jobs under this agreement.' }),
  asset: z.string().min(1).max(64).optional().meta({ description: 'Of jobs of this asset.' }),
  consumer: z.string().min(1).max(512).optional().meta({ description: 'Of jobs for this participant.' }),
  from: momentSchema.optional().meta({ description: 'Over not before.' }),
  to: momentSchema.optional().meta({ description: 'Over before.' }),
}

/** What can be asked of the usage. */
export const usageQuerySchema = z.strictObject({
  ...filters,
  by: z
    .enum(usageGroups, { error: `expected one of ${usageGroups.join(', ')}` })
    .default('agreement')
    .meta({ description: 'What it is summed up by.' }),
  after: z
    .string()
    .min(1)
    .max(512)
    .optional()
    .meta({ description: 'Groups behind this one: next of the page before.' }),
  limit: z.coerce.number().int().min(1).max(500).default(100),
})

/** What can be asked of the records. */
export const usageRecordsQuerySchema = z.strictObject(filters)
