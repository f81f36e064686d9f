import { readRetryAfter } from '../../core/retry-after.ts'
import { TransientError } from '../../sidecar/retry.ts'
import { DestinationRefusal } from './trouble.ts'

/** Statuses below 500 that speak of the moment, not of the request. */
const passing: readonly number[] = [408, 425, 429]

/** What a consumer may look at first, by the status of its server. */
const advice: Readonly<Record<number, string>> = {
  401: '; look at authKey and authCode, or authorization',
  403: '; look at authKey and authCode, or authorization',
  404: '; look at the address and its path',
  405: '; look at method',
  411: '; it must take bodies with a Content-Length',
  413: '; it must take a body of this size',
  415: '; look at contentType',
}

/**
 * Judges the answer of an HTTP destination by its status alone; what its body says is nobody's: the address may have been chosen to
 * read somebody else's server through us.
 * @param retryAfter the header of that name
 * @throws TransientError where the destination may take it later, DestinationRefusal where it will not
 */
export function judgeAnswer(status: number, retryAfter: string | undefined): void {
  if (status >= 200 && status < 300) return
  if (status >= 500 || passing.includes(status)) {
    const retryAfterMs = readRetryAfter(retryAfter, Date.now())
    throw new TransientError(`the destination answered ${status}`, { retryAfterMs })
  }
  if (status >= 300 && status < 400)
    throw new DestinationRefusal(
      `the destination answered ${status}; redirects are not followed, give the final address`,
    )
  throw new DestinationRefusal(`the destination answered ${status}${advice[status] ?? ''}`)
}
