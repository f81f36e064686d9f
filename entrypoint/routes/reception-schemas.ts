import { z } from 'zod'
import { receptionCauses } from '../../core/reception/causes.ts'
import { resultFileSchema } from '../gateway/result-schemas.ts'
import { namesOf, timeSchema } from '../http/answer.ts'

const states = ['awaited', 'fetching', 'verifying', 'received', 'failed', 'removed'] as const

/** Why a reception failed. */
const receptionFailureSchema = z
  .strictObject({
    cause: z.enum(namesOf(receptionCauses)),
    message: z.string().meta({ description: 'What happened this time.' }),
    title: z.string(),
    hint: z.string().meta({ description: 'What to do about it.' }),
  })
  .meta({ id: 'ReceptionFailure' })

/** What a consumer's flow receives. Of addresses and tokens it shows nothing but where the data is fetched from. */
export const receptionSchema = z
  .strictObject({
    id: z.string(),
    connectorId: z.string(),
    processId: z.string().meta({ description: 'The connector’s transfer process, on the consumer’s side.' }),
    mode: z.enum(['pull', 'push']).meta({ description: 'Whether it is fetched, or the provider writes it here.' }),
    flow: z
      .enum(['prepared', 'started', 'suspended', 'completed', 'terminated'])
      .meta({ description: 'Where the transfer stands, as the connectors see it.' }),
    state: z.enum(states).meta({ description: 'Where the data stands.' }),
    assetId: z.string(),
    agreementId: z.string(),
    providerId: z.string().nullable(),
    profile: z.string(),
    parameters: z.string().nullable().meta({ description: 'What the provider was told for its worker: JSON as text.' }),
    destination: z
      .enum(['http', 's3'])
      .nullable()
      .meta({ description: 'What kind of place a push was offered; null of a pull.' }),
    source: z
      .string()
      .nullable()
      .meta({ description: 'Host and path that a pull is fetched from, as long as that is known.' }),
    waitsFor: z
      .string()
      .nullable()
      .meta({ description: 'What the provider last said of data that is not there yet, such as running.' }),
    troubleSince: timeSchema.nullable().meta({ description: 'Since when fetching fails.' }),
    failure: receptionFailureSchema.nullable(),
    reason: z.string().nullable().meta({ description: 'Why the transfer was terminated.' }),
    createdAt: timeSchema,
    since: timeSchema.meta({ description: 'When it came into its state.' }),
    removeAt: timeSchema.nullable().meta({ description: 'When its files go.' }),
    removedAt: timeSchema.nullable(),
    content: z
      .strictObject({
        files: z.array(resultFileSchema),
        totalBytes: z.int().min(0),
        verifiedBy: z.enum(['manifest', 'listing', 'digest', 'nothing']).meta({
          description: 'By what it was found to be whole; nothing: the provider sends neither manifest nor digest.',
        }),
      })
      .nullable()
      .meta({ description: 'What is here, or was until it was removed.' }),
  })
  .meta({ id: 'Reception' })

/** A page of receptions. */
export const receptionPageSchema = z
  .strictObject({
    receptions: z.array(receptionSchema),
    next: z.string().nullable().meta({ description: 'What the next page takes as before; null on the last one.' }),
  })
  .meta({ id: 'ReceptionPage' })

/** What can be asked of the list of receptions. */
export const receptionQuerySchema = z.strictObject({
  connector: z.string().max(64).optional().meta({ description: 'Receptions of this connector.' }),
  process: z.string().max(512).optional().meta({ description: 'The reception of this transfer process.' }),
  state: z
    .enum(states, { error: `expected one of ${states.join(', ')}` })
    .optional()
    .meta({ description: 'Receptions in this state.' }),
  before: z
    .string()
    .max(64)
    .optional()
    .meta({ description: 'Receptions older than this one: next of the page before.' }),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
