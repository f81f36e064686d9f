import type { z } from 'zod'
import type {
  ZodOpenApiContentObject,
  ZodOpenApiHeaderObject,
  ZodOpenApiOperationObject,
  ZodOpenApiResponsesObject,
} from 'zod-openapi'
import { type ErrorCode, errorCatalogue } from '../../core/errors.ts'

/** Headers of an answer, by name. */
type Headers = Readonly<Record<string, ZodOpenApiHeaderObject>>

/** An answer as it is written here. */
export interface DescribedAnswer {
  readonly description: string
  readonly headers?: Headers
  readonly content?: ZodOpenApiContentObject
}

/** Answers by status. */
export type DescribedAnswers = Readonly<Record<number, DescribedAnswer>>

/** A request as the document describes it, before what every request has in common is added. */
export interface Described extends Omit<ZodOpenApiOperationObject, 'responses'> {
  readonly operationId: string
  readonly summary: string
  readonly answers: DescribedAnswers
  /** Every code it may be refused with. */
  readonly refusals: readonly ErrorCode[]
}

/** What every request to the admin API may be answered before it is looked at: who calls, and may they. */
export const admissionRefusals: readonly ErrorCode[] = [
  'forbidden',
  'identity-provider-unreachable',
  'store-unavailable',
  'too-many-attempts',
  'unauthorized',
]

/** An operation: its answers and refusals, each with the request's id. */
export function operation({ answers, refusals, ...rest }: Described): ZodOpenApiOperationObject {
  return { ...rest, responses: responsesOf({ ...answers, ...refused(refusals) }) }
}

/** The same operation for HEAD: headers and status without a body. */
export function headOf({ answers, refusals, ...rest }: Described): ZodOpenApiOperationObject {
  const bodiless = Object.entries({ ...answers, ...refused(refusals) }).map(
    ([status, { description, headers }]) =>
      [Number(status), { description, ...(headers === undefined ? {} : { headers }) }] as const,
  )
  return {
    ...rest,
    operationId: `${rest.operationId}Head`,
    summary: `${rest.summary} Headers only.`,
    responses: responsesOf(Object.fromEntries(bodiless)),
  }
}

/** An answer in JSON. */
export function json(description: string, schema: z.ZodType): DescribedAnswer {
  return { description, content: { 'application/json': { schema } } }
}

/** An answer that is text. */
export function plainText(description: string, contentType: string): DescribedAnswer {
  return { description, content: { [contentType]: { schema: { type: 'string' } } } }
}

function responsesOf(answers: DescribedAnswers): ZodOpenApiResponsesObject {
  const responses: ZodOpenApiResponsesObject = {}
  for (const [status, { description, headers, content }] of Object.entries(answers)) {
    if (!isStatus(status)) throw new Error(`${status} is no status`)
    responses[status] = {
      description,
      headers: { 'X-Request-Id': { $ref: '#/components/headers/RequestId' }, ...headers },
      ...(content === undefined ? {} : { content }),
    }
  }
  return responses
}

function isStatus(text: string): text is `${1 | 2 | 3 | 4 | 5}${string}` {
  return /^[1-5]\d\d$/.test(text)
}

/** Problems by status, with the codes that share it. */
function refused(codes: readonly ErrorCode[]): DescribedAnswers {
  const byStatus = Map.groupBy(codes.toSorted(), (code) => errorCatalogue[code].status)
  return Object.fromEntries([...byStatus].map(([status, shared]) => [status, refusal(status, shared)]))
}

function refusal(status: number, codes: readonly ErrorCode[]): DescribedAnswer {
  const narrowed = { code: { enum: [...codes] }, status: { const: status } }
  return {
    description: codes.map((code) => `\`${code}\`: ${errorCatalogue[code].title}.`).join('\n'),
    headers: headersOf(status),
    content: {
      'application/problem+json': {
        schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, { type: 'object', properties: narrowed }] },
      },
    },
  }
}

function headersOf(status: number): Headers {
  switch (status) {
    case 401:
      return { 'WWW-Authenticate': { required: true, schema: { type: 'string', const: 'Bearer' } } }
    case 416:
      return { 'Content-Range': { required: true, schema: { type: 'string', pattern: String.raw`^bytes \*/\d+$` } } }
    case 429:
    case 503:
      return { 'Retry-After': { required: true, schema: { type: 'string', pattern: String.raw`^\d+$` } } }
    default:
      return {}
  }
}
