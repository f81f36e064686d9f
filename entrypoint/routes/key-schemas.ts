import { z } from 'zod'
import { parseDuration } from '../../core/asset/duration.ts'
import { roles } from '../../core/access/caller.ts'
import { timeSchema } from '../http/answer.ts'

/** Longest time for which a key may be made. */
const longestLife = '366d'

const nameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'expected 1 to 64 letters, digits, ., _ and -')
  .meta({ description: 'Who uses it. Several keys may have one name: the old and the new one while it is changed.' })

/** What a new key is to be. */
export const newKeySchema = z
  .strictObject({
    name: nameSchema,
    role: z.enum(roles).default('read').meta({
      description:
        'read looks at everything but results and logs; operator also reads these, acts on jobs, pauses assets and checks connectors; admin does everything.',
    }),
    expires: z
      .string()
      .refine(
        (text) =>
          (parseDuration(text) ?? 0) >= 1_000 && (parseDuration(text) ?? 0) <= (parseDuration(longestLife) ?? 0),
        {
          error: `expected a duration from 1s to ${longestLife}, such as 90d`,
        },
      )
      .default('90d')
      .meta({ description: `For how long it works, such as 12h or 90d; at most ${longestLife}.` }),
  })
  .meta({ id: 'NewApiKey' })

/** A key as it is listed. */
export const keySchema = z
  .strictObject({
    id: z.string().meta({ description: 'Stands in the key, between its first two underscores.' }),
    name: z.string(),
    role: z.enum(roles),
    state: z.enum(['valid', 'expired', 'revoked']),
    createdAt: timeSchema,
    expiresAt: timeSchema,
    lastUsedAt: timeSchema.nullable().meta({ description: 'To five minutes; null where it was never used.' }),
    revokedAt: timeSchema.nullable(),
  })
  .meta({ id: 'ApiKey' })

/** Every key. */
export const keysSchema = z.strictObject({ keys: z.array(keySchema) }).meta({ id: 'ApiKeys' })

/** A key that was made, with its text. */
export const madeKeySchema = z
  .strictObject({
    ...keySchema.shape,
    key: z.string().meta({ description: 'What is sent as bearer token. It is shown this once.' }),
  })
  .meta({ id: 'MadeApiKey' })
