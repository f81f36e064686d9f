import { z } from 'zod'
import type { ZodOpenApiPathsObject } from 'zod-openapi'
import type { ErrorCode } from '../../core/errors.ts'
import {
  publicationQuerySchema,
  publicationRequestSchema,
  publicationSchema,
  unpublicationQuerySchema,
  unpublicationSchema,
} from '../routes/publication-schemas.ts'
import { admissionRefusals, json, operation } from './describe.ts'

const common = { tags: ['publications'], security: [{ bearer: [] }, {}] }
const path = z.strictObject({
  id: z.string().meta({ description: 'The asset’s id: metadata.id of its document.' }),
  connector: z.string().meta({ description: 'The connector’s id in the connectors file.' }),
})
const always: readonly ErrorCode[] = [
  ...admissionRefusals,
  'internal',
  'asset-unknown',
  'connector-unknown',
  'connector-failed',
  'connector-refused',
  'connector-refuses-key',
  'connector-unreachable',
]
const bodyRefusals: readonly ErrorCode[] = [
  'body-too-large',
  'invalid-body',
  'invalid-policy',
  'not-handed-over',
  'unsupported-media-type',
]
const requestBody = {
  required: true,
  content: { 'application/json': { schema: publicationRequestSchema } },
}

/** Publication of compute assets in the catalogue of a connector. */
export const publicationPaths: ZodOpenApiPathsObject = {
  '/api/v1/assets/{id}/publications/{connector}': {
    get: operation({
      ...common,
      operationId: 'showPublication',
      summary: 'How the connector’s offer differs from the asset, field by field.',
      requestParams: { path, query: publicationQuerySchema },
      answers: { 200: json('How it stands. Nothing was written.', publicationSchema) },
      refusals: [...always, 'invalid-query', 'not-handed-over'],
    }),
    put: operation({
      ...common,
      operationId: 'publishAsset',
      summary: 'Makes asset, policies and contract definition in the connector what they shall be.',
      description:
        'May be repeated: where all is as wanted, nothing is written. Without policies a first publication is open to every participant, and a later one keeps those that it has.',
      requestParams: { path },
      requestBody,
      answers: { 200: json('It is published; changes says what was written.', publicationSchema) },
      refusals: [...always, ...bodyRefusals, 'changed-meanwhile', 'not-ours', 'policy-needed', 'policy-unknown'],
    }),
    delete: operation({
      ...common,
      operationId: 'unpublishAsset',
      summary: 'Takes the asset out of the connector’s catalogue.',
      description:
        'The contract definition goes first, then policies and the asset where the connector needs them no more: it keeps an asset that has agreements. May be repeated.',
      requestParams: { path, query: unpublicationQuerySchema },
      answers: { 200: json('It is not offered by us any more.', unpublicationSchema) },
      refusals: [...always, 'invalid-query', 'not-ours'],
    }),
  },
  '/api/v1/assets/{id}/publications/{connector}/difference': {
    post: operation({
      ...common,
      operationId: 'comparePublication',
      summary: 'What publishing with this request would change.',
      requestParams: { path },
      requestBody,
      answers: { 200: json('How it stands. Nothing was written.', publicationSchema) },
      refusals: [...always, ...bodyRefusals],
    }),
  },
}
