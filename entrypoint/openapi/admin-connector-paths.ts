import { z } from 'zod'
import type { ZodOpenApiPathsObject } from 'zod-openapi'
import type { ErrorCode } from '../../core/errors.ts'
import { checkRequestSchema, connectorReportSchema, connectorsSchema } from '../routes/admin-connector-schemas.ts'
import { admissionRefusals, json, operation } from './describe.ts'

const common = { tags: ['connectors'], security: [{ bearer: [] }, {}] }
const always: readonly ErrorCode[] = [...admissionRefusals, 'internal']
const one = z.strictObject({ id: z.string().meta({ description: 'The connector’s id in the connectors file.' }) })

/** The administrator's connectors. */
export const adminConnectorPaths: ZodOpenApiPathsObject = {
  '/api/v1/connectors': {
    get: operation({
      ...common,
      operationId: 'listConnectors',
      summary: 'Every configured connector with what was heard of it, without keys and secrets.',
      answers: { 200: json('The connectors, as the connectors file orders them.', connectorsSchema) },
      refusals: always,
    }),
  },
  '/api/v1/connectors/{id}/check': {
    post: operation({
      ...common,
      operationId: 'checkConnector',
      summary: 'Checks a connector from where the service runs, with its key, and says how to mend what is wrong.',
      description:
        'Takes up to ten seconds, with a probe up to a minute. The body may be left out. What is wrong with the connector is no error of this request.',
      requestParams: { path: one },
      requestBody: { required: false, content: { 'application/json': { schema: checkRequestSchema } } },
      answers: { 200: json('What was found.', connectorReportSchema) },
      refusals: [...always, 'connector-unknown', 'invalid-body', 'body-too-large', 'unsupported-media-type'],
    }),
  },
}
