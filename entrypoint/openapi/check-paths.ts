import type { ZodOpenApiPathsObject } from 'zod-openapi'
import { wholeCheckReportSchema, wholeCheckRequestSchema } from '../routes/check-schemas.ts'
import { admissionRefusals, json, operation } from './describe.ts'

/** The administrator's check of the whole. */
export const checkPaths: ZodOpenApiPathsObject = {
  '/api/v1/checks': {
    post: operation({
      operationId: 'check',
      summary: 'Compares store, backend and object store, and finds what does not belong together.',
      description:
        'It reads everything that is there and changes nothing; what looks wrong is looked at again twice, over some twenty seconds, so that work under way is no finding. The body may be left out. Findings are no error of this request.',
      tags: ['service'],
      security: [{ bearer: [] }, {}],
      requestBody: { required: false, content: { 'application/json': { schema: wholeCheckRequestSchema } } },
      answers: { 200: json('What was found.', wholeCheckReportSchema) },
      refusals: [...admissionRefusals, 'internal', 'invalid-body', 'body-too-large', 'unsupported-media-type'],
    }),
  },
}
