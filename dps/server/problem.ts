import type { DataPlaneError } from '../data-plane.ts'
import type { DataPlaneResponse, PublicError } from './form.ts'

const titles: Readonly<Record<(DataPlaneError | PublicError)['status'], string>> = {
  400: 'The message is not right',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Wrong method',
  409: 'At odds with the state of the data flow',
  422: 'Cannot be done',
  500: 'Something went wrong here',
  503: 'Not now',
}

/**
 * A refusal as problem details (RFC 9457); the specification says nothing about the bodies of refusals. EDC puts the body into the
 * reason of the termination, which the consumer reads.
 */
export function problem({ status, code, message }: DataPlaneError | PublicError): DataPlaneResponse {
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    },
    body: { type: 'about:blank', title: titles[status], status, code, detail: message },
  }
}
