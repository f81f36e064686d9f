import { z } from 'zod'
import type { ZodOpenApiPathsObject } from 'zod-openapi'
import type { ErrorCode } from '../../core/errors.ts'
import {
  cancelSchema,
  jobPageSchema,
  jobQuerySchema,
  jobSchema,
  logQuerySchema,
  oneJobQuerySchema,
  removeResultQuerySchema,
  retrySchema,
} from '../routes/job-schemas.ts'
import { admissionRefusals, json, operation, plainText } from './describe.ts'

const common = { tags: ['jobs'], security: [{ bearer: [] }, {}] }
const always: readonly ErrorCode[] = [...admissionRefusals, 'internal']
const one = z.strictObject({ id: z.string().meta({ description: 'The job’s id.' }) })

/** The administrator's jobs. */
export const jobPaths: ZodOpenApiPathsObject = {
  '/api/v1/jobs': {
    get: operation({
      ...common,
      operationId: 'listJobs',
      summary: 'Jobs, newest first, in pages.',
      requestParams: { query: jobQuerySchema },
      answers: { 200: json('A page.', jobPageSchema) },
      refusals: [...always, 'invalid-query'],
    }),
  },
  '/api/v1/jobs/{id}': {
    get: operation({
      ...common,
      operationId: 'showJob',
      summary: 'One job with its result and, while an attempt is under way, what the backend says of it.',
      requestParams: { path: one, query: oneJobQuerySchema },
      answers: { 200: json('The job.', jobSchema) },
      refusals: [...always, 'job-unknown', 'invalid-query'],
    }),
  },
  '/api/v1/jobs/{id}/cancel': {
    post: operation({
      ...common,
      operationId: 'cancelJob',
      summary: 'Ends a job, and its transfer with it: the connector is told the reason.',
      requestParams: { path: one },
      requestBody: { required: true, content: { 'application/json': { schema: cancelSchema } } },
      answers: { 200: json('The job, cancelled. Its objects go within seconds.', jobSchema) },
      refusals: [
        ...always,
        'job-unknown',
        'job-over',
        'job-unverified',
        'changed-meanwhile',
        'invalid-body',
        'body-too-large',
        'unsupported-media-type',
      ],
    }),
  },
  '/api/v1/jobs/{id}/retry': {
    post: operation({
      ...common,
      operationId: 'retryJob',
      summary: 'Has a job run again that failed or was cancelled, as a new job.',
      requestParams: { path: one },
      requestBody: { required: true, content: { 'application/json': { schema: retrySchema } } },
      answers: { 201: json('The new job.', jobSchema) },
      refusals: [
        ...always,
        'job-unknown',
        'job-live',
        'job-not-retryable',
        'changed-meanwhile',
        'invalid-body',
        'body-too-large',
        'unsupported-media-type',
      ],
    }),
  },
  '/api/v1/jobs/{id}/result': {
    delete: operation({
      ...common,
      operationId: 'removeResult',
      summary: 'Removes the result of a job now, whatever its retention and its transfer.',
      description:
        'Everything of it goes: every version of its objects, and uploads in parts. Then the object store is asked again, and the audit log says what went.',
      requestParams: { path: one, query: removeResultQuerySchema },
      answers: {
        200: json('The job. Its result is gone.', jobSchema),
        202: json('The job. The object store did not remove everything yet; it is tried again.', jobSchema),
      },
      refusals: [...always, 'job-unknown', 'result-unknown', 'result-gone', 'invalid-query'],
    }),
  },
  '/api/v1/jobs/{id}/logs': {
    get: operation({
      ...common,
      operationId: 'readLog',
      summary: 'The log of one container of one attempt from an offset on: at most its last MiB.',
      description:
        'To follow a log, ask again with X-Log-Start plus the bytes received as offset. X-Log-Start is another than the offset where what stood there is not to be had: it was left out of a long log, or the log is shorter.',
      requestParams: { path: one, query: logQuerySchema },
      answers: {
        200: {
          ...plainText('The log so far, or as it was kept.', 'text/plain'),
          headers: {
            'X-Log-Attempt': {
              required: true,
              description: 'The attempt whose log this is.',
              schema: { type: 'string', pattern: String.raw`^\d+$` },
            },
            'X-Log-Start': {
              required: true,
              description: 'Bytes of the log before the body.',
              schema: { type: 'string', pattern: String.raw`^\d+$` },
            },
          },
        },
      },
      refusals: [...always, 'job-unknown', 'log-unknown', 'invalid-query', 'backend-unreachable'],
    }),
  },
}
