import { z } from 'zod'
import type { ZodOpenApiPathsObject } from 'zod-openapi'
import type { ErrorCode } from '../../core/errors.ts'
import { provisionMessageSchema } from '../connectors/http-provisioner.ts'
import { provisionedSchema } from '../routes/connector-schemas.ts'
import { type Described, json, operation } from './describe.ts'

const open = z.strictObject({
  connector: z.string().meta({ description: 'The connector’s id in the connectors file.' }),
})
const guarded = open.extend({
  secret: z.string().meta({ description: 'The connector’s secret, where it has one: connectors can send no header.' }),
})

const common = { tags: ['connectors'], security: [] }
const always: readonly ErrorCode[] = [
  'body-too-large',
  'connector-unknown',
  'invalid-body',
  'not-found',
  'not-ready',
  'unauthorized',
  'unsupported-media-type',
]

const provision: Described = {
  ...common,
  operationId: 'provision',
  summary: 'A message of a connector’s HTTP provisioner: provision or deprovision.',
  description:
    'The job is on disk when this is answered; everything in the message but its ids is read back from the connector. The same message again gets the same job.',
  requestParams: { path: open },
  requestBody: { required: true, content: { 'application/json': { schema: provisionMessageSchema } } },
  answers: { 200: json('Taken.', provisionedSchema) },
  refusals: [...always, 'asset-unknown', 'foreign-callback-address', 'invalid-message'],
}

const event: Described = {
  ...common,
  operationId: 'event',
  summary: 'An event of a connector about one of its transfer processes: a hint to look, nothing in it is believed.',
  requestParams: { path: open },
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: { description: 'Of interest is payload.transferProcessId; anything else passes unread.' },
      },
    },
  },
  answers: { 204: { description: 'Taken.' } },
  refusals: always,
}

/** A request at the path that ends with the connector's secret. */
function withSecret(described: Described): Described {
  return {
    ...described,
    operationId: `${described.operationId}Guarded`,
    summary: `${described.summary} For a connector that has a secret.`,
    requestParams: { path: guarded },
  }
}

/** What connectors call. */
export const connectorPaths: ZodOpenApiPathsObject = {
  '/connectors/{connector}/provision': { post: operation(provision) },
  '/connectors/{connector}/provision/{secret}': { post: operation(withSecret(provision)) },
  '/connectors/{connector}/events': { post: operation(event) },
  '/connectors/{connector}/events/{secret}': { post: operation(withSecret(event)) },
}
