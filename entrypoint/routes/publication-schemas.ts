import { z } from 'zod'
import { errorCatalogue } from '../../core/errors.ts'
import { namesOf } from '../http/answer.ts'

const objects = ['asset', 'policy', 'contract-definition'] as const

const policyInputSchema = z.record(z.string(), z.json()).meta({
  description:
    'An ODRL Set, written as for the connector; or {"@id": "…"} alone, which names a policy definition that the connector has.',
  examples: [{ '@id': 'members-only' }],
})

/** What a publication shall be. */
export const publicationRequestSchema = z
  .strictObject({
    version: z.string().max(100).optional().meta({ description: 'The newest that is offered where it is absent.' }),
    accessPolicy: policyInputSchema.optional().meta({
      description:
        'Who sees the offer. Where it is absent, it stays as it is; a first publication is open to everybody.',
    }),
    contractPolicy: policyInputSchema.optional().meta({
      description: 'Under what conditions it is used. Where it is absent, it stays as it is, or has no condition.',
    }),
    adopt: z.boolean().default(false).meta({
      description: 'Take over what the connector has under the same ids, though it was not published from here.',
    }),
  })
  .meta({ id: 'PublicationRequest' })

/** What can be asked of a comparison. */
export const publicationQuerySchema = z.strictObject({
  version: z.string().max(100).optional().meta({ description: 'The newest that is offered where it is absent.' }),
})

/** What can be said when a publication is taken away. */
export const unpublicationQuerySchema = z.strictObject({
  adopt: z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: 'Remove also what was not published from here.' }),
})

/** A write to the connector. */
const publicationChangeSchema = z
  .strictObject({
    object: z.enum(objects),
    id: z.string(),
    action: z.enum(['create', 'update', 'remove']),
    fields: z
      .array(
        z.strictObject({
          field: z.string(),
          before: z.string().nullable().meta({ description: 'What the connector has; null: nothing.' }),
          after: z.string().nullable().meta({ description: 'What is wanted; null: nothing.' }),
        }),
      )
      .meta({ description: 'What differs. Structures are JSON text.' }),
  })
  .meta({ id: 'PublicationChange' })

/** One of the policies of a publication. */
const publicationPolicySchema = z
  .strictObject({
    id: z.string().nullable().meta({ description: 'Its policy definition; null where one must be named.' }),
    choice: z.enum(['given', 'kept', 'open']).meta({
      description: 'given: in the request; kept: as it was; open: nothing was said, and it is the first publication.',
    }),
    open: z.boolean().nullable().meta({ description: 'Whether it has no rule; null where that is not known.' }),
    edited: z.boolean().meta({ description: 'Whether somebody changed it in the connector since it was written.' }),
  })
  .meta({ id: 'PublicationPolicy' })

/** How a publication stands. */
export const publicationSchema = z
  .strictObject({
    assetId: z.string(),
    connectorId: z.string(),
    version: z.string().meta({ description: 'The version that this is about.' }),
    newestVersion: z.string().nullable().meta({
      description: 'The version that new transfers get, whichever one the catalogue describes; null while paused.',
    }),
    publishedVersion: z.string().nullable().meta({ description: 'The version that the catalogue describes.' }),
    inStep: z.boolean().meta({ description: 'Whether the connector has now what is wanted.' }),
    changes: z
      .array(publicationChangeSchema)
      .meta({ description: 'PUT: what was written; else what would be. Empty: nothing.' }),
    accessPolicy: publicationPolicySchema,
    contractPolicy: publicationPolicySchema,
    otherOffers: z.array(z.string()).meta({
      description: 'Contract definitions that offer the asset besides ours, under policies of their own.',
    }),
    blocked: z
      .array(z.strictObject({ code: z.enum(namesOf(errorCatalogue)), message: z.string() }))
      .meta({ description: 'Why publishing would be refused.' }),
  })
  .meta({ id: 'Publication' })

const namedObject = { object: z.enum(objects), id: z.string() }

/** What became of a publication that was taken away. */
export const unpublicationSchema = z
  .strictObject({
    assetId: z.string(),
    connectorId: z.string(),
    removed: z.array(z.strictObject(namedObject)),
    kept: z
      .array(z.strictObject({ ...namedObject, reason: z.string().meta({ description: 'In the connector’s words.' }) }))
      .meta({ description: 'What the connector still needs, such as an asset with agreements.' }),
    otherOffers: z.array(z.string()).meta({
      description: 'Contract definitions of others that go on offering the asset. Empty: it is out of the catalogue.',
    }),
  })
  .meta({ id: 'Unpublication' })
