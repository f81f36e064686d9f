import type { z } from 'zod'
import type { ZodOpenApiPathsObject } from 'zod-openapi'
import { aliveSchema, notReadySchema } from '../routes/health-schemas.ts'
import { type Described, type DescribedAnswer, json, operation } from './describe.ts'

const notReady: DescribedAnswer = {
  description: '`not-ready`: It cannot, or is shutting down.',
  headers: { 'Retry-After': { required: true, schema: { type: 'string', pattern: String.raw`^\d+$` } } },
  content: { 'application/problem+json': { schema: notReadySchema } },
}

/** Health and the document itself, which both listeners have. */
export function commonPaths(ready: z.ZodType): ZodOpenApiPathsObject {
  const common: Pick<Described, 'security' | 'tags' | 'refusals'> = {
    security: [],
    tags: ['service'],
    refusals: ['internal'],
  }
  return {
    '/livez': {
      get: operation({
        ...common,
        operationId: 'live',
        summary: 'Whether the process answers.',
        answers: { 200: json('It does.', aliveSchema) },
      }),
    },
    '/readyz': {
      get: operation({
        ...common,
        operationId: 'ready',
        summary: 'Whether the service can take work.',
        answers: { 200: json('It can.', ready), 503: notReady },
      }),
    },
    '/openapi.json': {
      get: operation({
        ...common,
        operationId: 'document',
        summary: 'This document.',
        answers: {
          200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: { type: 'object' } } } },
        },
      }),
    },
  }
}
