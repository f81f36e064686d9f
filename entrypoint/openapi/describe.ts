import type { z } from 'zod'
import type { ZodOpenApiOperationObject, ZodOpenApiResponseObject, ZodOpenApiResponsesObject } from 'zod-openapi'
import { type ErrorCode, errorCatalogue } from '../../core/errors.ts'

/** A request as the document describes it, before what every request has in common is added. */
export interface Described extends Omit<ZodOpenApiOperationObject, 'responses'> {
  readonly operationId: string
  readonly summary: string
  readonly answers: ZodOpenApiResponsesObject
  /** Every code it may be refused with. */
  readonly refusals: readonly ErrorCode[]
}

const requestId = { 'X-Request-Id': { $ref: '#/components/headers/RequestId' } }

/** An operation: its answers and refusals, each with the request's id. */
export function operation({ answers, refusals, ...rest }: Described): ZodOpenApiOperationObject {
  return { ...rest, responses: { ...mapAnswers(answers), ...refused(refusals) } }
}

/** The same operation for HEAD: headers and status without a body. */
export function headOf({ answers, operationId, summary, refusals, ...rest }: Described): ZodOpenApiOperationObject {
  const { responses } = operation({ ...rest, operationId, summary, answers, refusals })
  const bodiless = Object.entries(responses).map(([status, response]) => {
    const { content: _, ...head }: ZodOpenApiResponseObject = response
    return [status, head]
  })
  return {
    ...rest,
    operationId: `${operationId}Head`,
    summary: `${summary} Headers only.`,
    responses: Object.fromEntries(bodiless) as ZodOpenApiResponsesObject,
  }
}

/** An answer in JSON. */
export function json(description: string, schema: z.ZodType): ZodOpenApiResponseObject {
  return { description, content: { 'application/json': { schema } } }
}

/** An answer that is text. */
export function plainText(description: string, contentType: string): ZodOpenApiResponseObject {
  return { description, content: { [contentType]: { schema: { type: 'string' } } } }
}

function mapAnswers(answers: ZodOpenApiResponsesObject): ZodOpenApiResponsesObject {
  const mapped = Object.entries(answers).map(([status, answer]: [string, ZodOpenApiResponseObject]) => [
    status,
    { ...answer, headers: { ...requestId, ...answer.headers } },
  ])
  return Object.fromEntries(mapped) as ZodOpenApiResponsesObject
}

/** Problems by status, with the codes that share it. */
function refused(codes: readonly ErrorCode[]): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(codes.toSorted(), (code) => errorCatalogue[code].status)
  const responses = [...byStatus].map(([status, shared]) => [
    String(status),
    {
      description: shared.map((code) => `\`${code}\`: ${errorCatalogue[code].title}.`).join('\n'),
      headers: { ...requestId, ...headersOf(status) },
      content: {
        'application/problem+json': {
          schema: {
            allOf: [
              { $ref: '#/components/schemas/Problem' },
              { type: 'object', properties: { code: { enum: shared }, status: { const: status } } },
            ],
          },
        },
      },
    },
  ])
  return Object.fromEntries(responses) as ZodOpenApiResponsesObject
}

function headersOf(status: number): ZodOpenApiResponseObject['headers'] {
  switch (status) {
    case 401:
      return { 'WWW-Authenticate': { required: true, schema: { type: 'string', const: 'Bearer' } } }
    case 416:
      return { 'Content-Range': { required: true, schema: { type: 'string', pattern: String.raw`^bytes \*/\d+$` } } }
    case 503:
      return { 'Retry-After': { required: true, schema: { type: 'string', pattern: String.raw`^\d+$` } } }
    default:
      return {}
  }
}
