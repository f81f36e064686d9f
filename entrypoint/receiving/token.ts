import { createHmac } from 'node:crypto'
import { sameAsOne } from '../http/secrets.ts'

/** The token that opens the HTTP destination of a reception: HMAC-SHA256 over its id, so that it can be told again without being stored. */
export function receptionToken(key: string, receptionId: string): string {
  return createHmac('sha256', key).update(`reception-token\n${receptionId}`).digest('base64url')
}

/**
 * Whether a token opens it.
 * @param keys the present key, and while it is being changed the one before
 */
export function opensReception(keys: readonly string[], receptionId: string, given: string): boolean {
  return sameAsOne(
    given,
    keys.map((key) => receptionToken(key, receptionId)),
  )
}
