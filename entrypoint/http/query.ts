import type { Context } from 'koa'
import type { z } from 'zod'
import { type ErrorCode, ServiceError } from '../../core/errors.ts'
import { readBySchema } from '../../core/schema-problems.ts'

/**
 * The query of a request as a schema reads it.
 * @throws ServiceError `invalid-query`, every parameter that is wrong named
 */
export function readQuery<S extends z.ZodType>(ctx: Context, schema: S): z.output<S> {
  return read({ ...ctx.query }, schema, 'invalid-query', 'The query has impossible values.', 'query parameter')
}

/**
 * A body as a schema reads it.
 * @throws ServiceError `invalid-body`, every place that is wrong named
 */
export function readBody<S extends z.ZodType>(body: unknown, schema: S): z.output<S> {
  return read(body, schema, 'invalid-body', 'The body does not fit what this address takes.', 'field')
}

/** Says that a page cannot begin where it was asked to. */
export function noSuchPlace(parameter: string, message: string): ServiceError {
  return new ServiceError('invalid-query', 'The query has impossible values.', {
    problems: [{ where: parameter, message }],
  })
}

function read<S extends z.ZodType>(
  value: unknown,
  schema: S,
  code: ErrorCode,
  detail: string,
  fieldNoun: string,
): z.output<S> {
  const result = readBySchema(schema, value, fieldNoun)
  if (result.ok) return result.value
  throw new ServiceError(code, detail, { problems: result.problems })
}
