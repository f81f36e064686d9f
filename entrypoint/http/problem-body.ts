import { errorCatalogue, type ServiceError } from '../../core/errors.ts'
import type { Answer } from './answer.ts'
import type { problemSchema } from './problem-schema.ts'

/** Content type of every error (RFC 9457). */
export const problemType = 'application/problem+json'

/** An error as it is answered. */
export function problemBody(error: ServiceError, requestId: string): Answer<typeof problemSchema> {
  const { title, hint } = errorCatalogue[error.code]
  return {
    type: `urn:dataspace-compute:error:${error.code}`,
    title,
    status: error.status,
    detail: error.message,
    code: error.code,
    hint,
    ...(error.problems.length === 0 ? {} : { problems: error.problems }),
    requestId,
  }
}
