import { createHmac } from 'node:crypto'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { sameAsOne } from '../http/secrets.ts'

/**
 * The token that opens the result of a transfer: HMAC-SHA256 over transfer and generation. So it can be sent again without
 * being stored, and raising the generation revokes it.
 */
export function resultToken(key: string, transfer: Pick<Transfer, 'id' | 'generation'>): string {
  return createHmac('sha256', key).update(`result-token\n${transfer.id}\n${transfer.generation}`).digest('base64url')
}

/**
 * Whether a token opens the result of a transfer.
 * @param keys the present key, and while it is being changed the one before
 */
export function opensResult(
  keys: readonly string[],
  transfer: Pick<Transfer, 'id' | 'generation'>,
  given: string,
): boolean {
  return sameAsOne(
    given,
    keys.map((key) => resultToken(key, transfer)),
  )
}
