import { z } from 'zod'
import type { ZodOpenApiPathsObject } from 'zod-openapi'
import type { ErrorCode } from '../../core/errors.ts'
import { takenFileSchema } from '../receiving/sink-schemas.ts'
import { receptionPageSchema, receptionQuerySchema, receptionSchema } from '../routes/reception-schemas.ts'
import { admissionRefusals, type Described, headOf, json, operation } from './describe.ts'
import { fileDescription } from './result-paths.ts'

const common = { tags: ['receptions'], security: [{ bearer: [] }, {}] }
const always: readonly ErrorCode[] = [...admissionRefusals, 'internal']
const one = z.strictObject({ id: z.string().meta({ description: 'The reception’s id.' }) })
const path = z.string().meta({ description: 'Path of the file. Its slashes stand as they are, or encoded.' })

const file: Described = {
  ...fileDescription,
  ...common,
  operationId: 'readReceivedFile',
  summary: 'One received file.',
  requestParams: { ...fileDescription.requestParams, path: one.extend({ path }) },
  refusals: [...always, 'reception-unknown', 'result-gone', 'result-unknown', 'invalid-query', 'range-not-satisfiable'],
}

/** What the administrator's consumers' flows receive. */
export const receptionPaths: ZodOpenApiPathsObject = {
  '/api/v1/receptions': {
    get: operation({
      ...common,
      operationId: 'listReceptions',
      summary: 'Receptions, newest first, in pages.',
      requestParams: { query: receptionQuerySchema },
      answers: { 200: json('A page.', receptionPageSchema) },
      refusals: [...always, 'invalid-query'],
    }),
  },
  '/api/v1/receptions/{id}': {
    get: operation({
      ...common,
      operationId: 'showReception',
      summary: 'One reception with what was received.',
      requestParams: { path: one },
      answers: { 200: json('The reception.', receptionSchema) },
      refusals: [...always, 'reception-unknown'],
    }),
    delete: operation({
      ...common,
      operationId: 'removeReception',
      summary: 'Removes the files of a reception now, whatever their retention.',
      description: 'The reception stays in the list. The object store is asked afterwards whether anything is left.',
      requestParams: { path: one },
      answers: {
        200: json('The reception. Its files are gone.', receptionSchema),
        202: json('The reception. Its files are not gone yet; it is tried again.', receptionSchema),
      },
      refusals: [...always, 'reception-unknown', 'reception-live', 'changed-meanwhile'],
    }),
  },
  '/api/v1/receptions/{id}/fetch': {
    post: operation({
      ...common,
      operationId: 'fetchReception',
      summary: 'Has the data fetched again, or verified again where it was pushed.',
      requestParams: { path: one },
      answers: { 200: json('The reception.', receptionSchema) },
      refusals: [...always, 'reception-unknown', 'reception-not-fetchable', 'changed-meanwhile'],
    }),
  },
  '/api/v1/receptions/{id}/files/{path}': { get: operation(file), head: headOf(file) },
}

const destination = z.strictObject({
  id: z.string().meta({ description: 'As in the address that prepare answered.' }),
})
const put: Described = {
  tags: ['receptions'],
  security: [{ bearer: [] }],
  operationId: 'pushContent',
  summary: 'A file for us, by itself.',
  description:
    'Its name is that of Content-Disposition, else `content`. A file that was sent before to the same path is replaced.',
  requestParams: { path: destination },
  requestBody: { required: true, content: { '*/*': { schema: {} } } },
  answers: { 201: json('It is kept.', takenFileSchema) },
  refusals: [
    'body-too-large',
    'internal',
    'invalid-body',
    'invalid-query',
    'reception-suspended',
    'store-unavailable',
    'unauthorized',
    'unsupported-media-type',
  ],
}
const putFile: Described = {
  ...put,
  operationId: 'pushFile',
  summary: 'One of several files for us; `manifest.json`, after all others, says what they are.',
  requestParams: { path: destination.extend({ path }) },
}

/** The HTTP destination of pushes. */
export const destinationPaths: ZodOpenApiPathsObject = {
  '/received/{id}': {
    put: operation(put),
    post: operation({ ...put, operationId: 'postContent', summary: `${put.summary} As PUT.` }),
  },
  '/received/{id}/{path}': {
    put: operation(putFile),
    post: operation({ ...putFile, operationId: 'postFile', summary: `${putFile.summary} As PUT.` }),
  },
}
