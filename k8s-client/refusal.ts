import type { Cause } from '../core/job/causes.ts'
import { type AttemptRef, attemptName } from '../core/job/names.ts'
import { LaunchRefused } from '../core/ports/backend.ts'
import { ApiError } from './api/api-error.ts'

/**
 * Tells what the API server's error on creating an object means for the plan: that it can never run, or (any ordinary Error) that
 * it can be tried again later.
 */
export function judgeCreateError(error: unknown, what: string): Error {
  if (!(error instanceof ApiError)) return error instanceof Error ? error : new Error(String(error))
  const { status, said, fields } = error
  if (status === 403 && /exceeded quota/.test(said))
    return new Error(`The namespace's quota is full, so the ${what} waits: ${said}`, { cause: error })
  // The words of a proxy in between say nothing of the object, except that it is too large for the proxy.
  if (!error.byKubernetes && status !== 413) return error
  if (/denied the request/.test(said))
    return refused('backend-error', `An admission policy of the cluster refuses the ${what}: ${said}`)
  if (status === 422 || status === 400 || status === 413) {
    const image = fields.some(({ field }) => /ontainers\[\d+\]\.image$/.test(field))
    return refused(image ? 'invalid-image' : 'backend-error', `Kubernetes does not accept the ${what}: ${said}`)
  }
  return error
}

/** A plan that can never run as it is. */
export function refused(cause: Cause, message: string): LaunchRefused {
  return new LaunchRefused({ cause, message })
}

/** An object that has the name of ours. */
export function foreign(what: string, ref: AttemptRef): LaunchRefused {
  return refused(
    'backend-error',
    `There is a ${what} named ${attemptName(ref)} that is not ours; it is left alone. Remove it, or give jobs a namespace of their own.`,
  )
}

/** Whether an answer leaves no doubt that nothing was created. */
export function isDefinite(error: unknown): boolean {
  return error instanceof ApiError && error.status < 500
}
