import { z } from 'zod'
import type { ZodOpenApiPathsObject } from 'zod-openapi'
import type { ErrorCode } from '../../core/errors.ts'
import { keySchema, keysSchema, madeKeySchema, newKeySchema } from '../routes/key-schemas.ts'
import { admissionRefusals, json, operation } from './describe.ts'

const common = { tags: ['keys'], security: [{ bearer: [] }, {}] }
const always: readonly ErrorCode[] = [...admissionRefusals, 'internal']
const one = z.strictObject({ id: z.string().meta({ description: 'The key’s id.' }) })

/** The administrator's API keys. */
export const keyPaths: ZodOpenApiPathsObject = {
  '/api/v1/keys': {
    get: operation({
      ...common,
      operationId: 'listKeys',
      summary: 'Every API key, without its secret: that is kept nowhere.',
      answers: { 200: json('The keys, oldest first.', keysSchema) },
      refusals: always,
    }),
    post: operation({
      ...common,
      operationId: 'makeKey',
      summary: 'Makes an API key.',
      description:
        'Several keys of one name may be valid at once: make the new one, put it in place, revoke the old one.',
      requestBody: { required: true, content: { 'application/json': { schema: newKeySchema } } },
      answers: {
        201: {
          ...json('The key. Its text is shown this once.', madeKeySchema),
          headers: { Location: { required: true, schema: { type: 'string' } } },
        },
      },
      refusals: [...always, 'invalid-body', 'body-too-large', 'unsupported-media-type'],
    }),
  },
  '/api/v1/keys/{id}': {
    get: operation({
      ...common,
      operationId: 'readKey',
      summary: 'One API key.',
      requestParams: { path: one },
      answers: { 200: json('The key.', keySchema) },
      refusals: [...always, 'key-unknown'],
    }),
    delete: operation({
      ...common,
      operationId: 'revokeKey',
      summary: 'Revokes an API key for good: it opens nothing from then on. It stays in the list.',
      requestParams: { path: one },
      answers: { 204: { description: 'It is revoked, or was already.' } },
      refusals: [...always, 'key-unknown'],
    }),
  },
}
