import { z } from 'zod'
import type { ZodOpenApiPathsObject } from 'zod-openapi'
import type { ErrorCode } from '../../core/errors.ts'
import { failureReportSchema, listingSchema, manifestSchema, progressSchema } from '../gateway/result-schemas.ts'
import {
  admissionRefusals,
  type Described,
  type DescribedAnswer,
  type DescribedAnswers,
  headOf,
  json,
  operation,
} from './describe.ts'

const common = { tags: ['results'], security: [{ bearer: [] }] }
const always: readonly ErrorCode[] = ['internal', 'result-gone', 'result-suspended', 'result-unknown', 'unauthorized']
const transfer = z.strictObject({
  transfer: z.string().meta({ description: 'The transfer’s id, as in the address that the connector was given.' }),
})
const file = transfer.extend({
  path: z.string().meta({ description: 'Path of a file in the result. Its slashes stand as they are, or encoded.' }),
})

const conditions = z.object({
  Range: z
    .string()
    .optional()
    .meta({ description: 'One range of bytes (RFC 9110, 14.2). Several ranges and other units are ignored.' }),
  'If-Range': z.string().optional().meta({ description: 'An ETag: Range counts only where it is still the file’s.' }),
  'If-None-Match': z.string().optional().meta({ description: 'An ETag: 304 where it is still the file’s.' }),
})

const text = (description: string, pattern?: string) => ({
  description,
  schema: { type: 'string' as const, ...(pattern === undefined ? {} : { pattern }) },
})
/** In place of Range, for readers behind a data plane that passes no headers on. */
const part = z.object({
  offset: z
    .int()
    .min(0)
    .max(999_999_999_999_999)
    .optional()
    .meta({ description: 'The part begins at this byte, from 0. It stands in place of Range.' }),
  length: z
    .int()
    .min(1)
    .max(999_999_999_999_999)
    .optional()
    .meta({ description: 'So many bytes at most; without it, all up to the end.' }),
})

const validators = {
  ETag: text('The SHA-256 of the whole file, in quotes.', '^"[0-9a-f]{64}"$'),
  'Repr-Digest': text('The SHA-256 of the whole file (RFC 9530).', '^sha-256=:.+:$'),
  'Accept-Ranges': text('Always bytes.', '^bytes$'),
}

const any = { '*/*': { schema: {} } }

/** The answers with a file, or a part of one. */
function fileAnswers(whole: DescribedAnswer): DescribedAnswers {
  return {
    200: { ...whole, headers: validators },
    206: {
      description: 'The part that Range, or offset and length, ask for.',
      headers: { ...validators, 'Content-Range': text('Which part.', String.raw`^bytes \d+-\d+/\d+$`) },
      content: any,
    },
    304: { description: 'The file is still the one of If-None-Match.', headers: validators },
  }
}

/** The answer of every address of a result that is not there yet. */
const waiting: DescribedAnswers = {
  202: {
    ...json('The job of a transfer that started at once is under way: how it stands.', progressSchema),
    headers: { 'Retry-After': { required: true, schema: { type: 'string', pattern: String.raw`^\d+$` } } },
  },
}

const result: Described = {
  ...common,
  operationId: 'readResult',
  summary: 'The result: its file where there is exactly one, else the listing; or why there is none.',
  requestParams: { path: transfer, header: conditions, query: part },
  answers: {
    ...waiting,
    ...fileAnswers({
      description:
        'The file as an attachment of the media type that its asset declares; or, without ETag, the listing, or the failure of a job whose asset reports failures.',
      content: { 'application/json': { schema: z.union([listingSchema, failureReportSchema, z.unknown()]) }, ...any },
    }),
  },
  refusals: [...always, 'invalid-query', 'range-not-satisfiable'],
}

const manifest: Described = {
  ...common,
  operationId: 'readManifest',
  summary: 'The result manifest.',
  requestParams: { path: transfer },
  answers: { ...waiting, 200: json('Every file with size and SHA-256.', manifestSchema) },
  refusals: always,
}

const resultFile: Described = {
  ...common,
  operationId: 'readResultFile',
  summary: 'One file of the result.',
  requestParams: { path: file, header: conditions, query: part },
  answers: fileAnswers({
    description: 'The file as an attachment of the media type that its asset declares.',
    content: any,
  }),
  refusals: [...always, 'invalid-query', 'range-not-satisfiable'],
}

const archive: Described = {
  ...common,
  operationId: 'readResultArchive',
  summary: 'All files of the result as one zip archive.',
  description:
    'Made while it is sent, not compressed. It has no parts: an offset or a length is refused. Where something fails on the way, the connection is cut.',
  requestParams: { path: transfer, header: conditions.pick({ 'If-None-Match': true }) },
  answers: {
    200: {
      description: 'The archive. The same result gives the same bytes every time.',
      headers: {
        ETag: text('Names the archive’s bytes.', '^"[0-9a-f]{64}"$'),
        'Accept-Ranges': text('Always none.', '^none$'),
        'Content-Length': { ...text('Bytes of the archive.', String.raw`^\d+$`), required: true },
      },
      content: { 'application/zip': { schema: { type: 'string', format: 'binary' } } },
    },
    304: { description: 'The archive is still the one of If-None-Match.' },
  },
  refusals: [...always, 'invalid-query'],
}

/** A file, described so far that others can be described like it. */
export const fileDescription: Pick<Described, 'answers' | 'requestParams'> = {
  answers: resultFile.answers,
  requestParams: { header: conditions, query: part },
}

const ofJob = { tags: ['jobs'], security: [{ bearer: [] }, {}] }
const job = z.strictObject({ id: z.string().meta({ description: 'The job’s id.' }) })
const jobRefusals: readonly ErrorCode[] = [
  ...admissionRefusals,
  'internal',
  'result-gone',
  'result-unknown',
  'invalid-query',
]
const jobFile: Described = {
  ...resultFile,
  ...ofJob,
  operationId: 'readJobFile',
  summary: 'One file of the job’s result.',
  requestParams: { path: job.extend({ path: file.shape.path }), header: conditions, query: part },
  refusals: [...jobRefusals, 'range-not-satisfiable'],
}
const jobArchive: Described = {
  ...archive,
  ...ofJob,
  operationId: 'readJobArchive',
  summary: 'All files of the job’s result as one zip archive.',
  requestParams: { path: job, header: conditions.pick({ 'If-None-Match': true }) },
  refusals: jobRefusals,
}

/** The same files for the administrator. */
export const jobFilePaths: ZodOpenApiPathsObject = {
  '/api/v1/jobs/{id}/files.zip': { get: operation(jobArchive), head: headOf(jobArchive) },
  '/api/v1/jobs/{id}/files/{path}': { get: operation(jobFile), head: headOf(jobFile) },
}

function awaited(described: Described): Described {
  return { ...described, answers: { ...waiting, ...described.answers } }
}

/** The result gateway. Range, offset and length count for GET alone. */
export const resultPaths: ZodOpenApiPathsObject = {
  '/results/{transfer}': { get: operation(result), head: headOf(result) },
  '/results/{transfer}/files.zip': { get: operation(awaited(archive)), head: headOf(awaited(archive)) },
  '/results/{transfer}/manifest.json': { get: operation(manifest), head: headOf(manifest) },
  '/results/{transfer}/files/{path}': { get: operation(awaited(resultFile)), head: headOf(awaited(resultFile)) },
}
