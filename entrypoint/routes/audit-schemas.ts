import { z } from 'zod'
import { actions } from '../../core/audit/actions.ts'
import { actorKinds } from '../../core/audit/entry.ts'
import { namesOf, sha256Schema, timeSchema } from '../http/answer.ts'

const objectKinds = ['asset', 'job', 'result', 'transfer', 'reception', 'offer', 'key', 'request', 'log'] as const

/** A moment in a query: a date, or a date with time and offset; as milliseconds since 1970. */
export const momentSchema = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'expected a date such as 2026-11-21 or a time such as 2026-11-21T10:00:00Z',
  })
  .transform((text) => Date.parse(text))
  .meta({ type: 'string', examples: ['2026-11-21', '2026-11-21T10:00:00Z'] })

/** One entry of the audit log. */
export const auditEntrySchema = z
  .strictObject({
    sequence: z.int().min(1).meta({ description: 'Its place in the log, from 1, without gaps.' }),
    at: timeSchema,
    action: z.enum(namesOf(actions)),
    actor: z
      .strictObject({
        kind: z.enum(actorKinds),
        id: z.string().optional().meta({ description: 'Of a key, an OpenID subject, a connector or a consumer.' }),
        name: z.string().optional().meta({ description: 'What people call an operator.' }),
        via: z.string().optional().meta({ description: 'How an operator was recognised: token, key, oidc or local.' }),
      })
      .meta({ id: 'Actor', description: 'Who did it; nobody is a caller without valid credentials.' }),
    object: z.strictObject({ kind: z.enum(objectKinds), id: z.string() }),
    jobId: z.string().optional().meta({ description: 'The job it belongs to.' }),
    outcome: z.enum(['done', 'refused', 'failed']),
    requestId: z.string().optional(),
    detail: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]))
      .optional()
      .meta({ description: 'What else there is to say; its fields depend on the action.' }),
    hash: sha256Schema.meta({ description: 'SHA-256 of the hash before it, a line feed, and the entry as text.' }),
  })
  .meta({ id: 'AuditEntry' })

/** A page of the audit log. */
export const auditPageSchema = z
  .strictObject({
    entries: z.array(auditEntrySchema),
    next: z.int().nullable().meta({ description: 'What the next page takes as before; null on the last one.' }),
  })
  .meta({ id: 'AuditPage' })

const filters = {
  action: z
    .enum(namesOf(actions), { error: 'expected an action such as job.cancelled' })
    .optional()
    .meta({ description: 'Entries of this action.' }),
  actor: z
    .string()
    .regex(new RegExp(`^(${actorKinds.join('|')})(:[^]{1,512})?$`), {
      error: `expected ${actorKinds.join(', ')}, alone or with an id, such as connector:provider`,
    })
    .optional()
    .meta({ description: 'Who did it: a kind of actor, or a kind and an id, such as connector:provider.' }),
  kind: z
    .enum(objectKinds, { error: `expected one of ${objectKinds.join(', ')}` })
    .optional()
    .meta({ description: 'Entries about things of this kind.' }),
  object: z
    .string()
    .min(1)
    .max(512)
    .optional()
    .meta({ description: 'Entries about the thing of this id; of a job also what belongs to it.' }),
  from: momentSchema.optional().meta({ description: 'Not before.' }),
  to: momentSchema.optional().meta({ description: 'Before.' }),
}

/** What can be asked of the audit log. */
export const auditQuerySchema = z.strictObject({
  ...filters,
  before: z.coerce
    .number()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: 'Entries older than this one: next of the page before.' }),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})

/** What can be asked of an export. */
export const auditExportQuerySchema = z.strictObject(filters)

/** A place in the chain. */
const placeSchema = z
  .strictObject({ sequence: z.int().min(0), hash: sha256Schema })
  .meta({ id: 'ChainPlace', description: 'An entry’s number and hash; 0 and zeros before the first.' })

/** What a check of the log found. */
export const auditReportSchema = z
  .strictObject({
    intact: z.boolean(),
    entries: z.int().min(0).meta({ description: 'How many were checked.' }),
    anchors: z.int().min(0).meta({ description: 'How many anchors in the object store were compared.' }),
    pruned: placeSchema,
    head: placeSchema,
    problem: z
      .strictObject({ sequence: z.int().min(0), message: z.string() })
      .optional()
      .meta({ description: 'The first thing that is wrong.' }),
  })
  .meta({ id: 'AuditReport' })
