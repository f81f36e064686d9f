import { timingSafeEqual } from 'node:crypto'
import { type Caller, roles } from '../../core/access/caller.ts'
import { ServiceError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { ApiKey, KeyStore } from '../../core/ports/key-store.ts'
import type { Logger } from '../../core/ports/logger.ts'
import { hashOfKey, idInKey } from './api-key.ts'

/** What is needed to recognise a key. */
export interface KeyCheck {
  readonly keys: Pick<KeyStore, 'apiKey' | 'noteKeyUse'>
  readonly clock: Clock
  readonly logger: Logger
}

/** How exactly the last use is known, in milliseconds: a write for every request would be too much for what it tells. */
const useNotedEveryMs = 5 * 60_000

/** In place of the hash of a key that there is not, so that it takes as long to refuse. */
const noHash = Buffer.alloc(32)

/**
 * Who calls with an API key. An unknown key, a wrong secret, an expired and a revoked key are all the same: `undefined`. Nothing is
 * remembered between requests, so a key that is revoked opens nothing from then on.
 * @throws ServiceError `store-unavailable` where the store does not answer
 */
export async function callerOfKey(parts: KeyCheck, given: string): Promise<Caller | undefined> {
  const id = idInKey(given)
  if (id === undefined) return undefined
  const key = await parts.keys.apiKey(id).catch((error: unknown) => {
    throw new ServiceError('store-unavailable', 'API keys cannot be looked up right now.', { cause: error })
  })
  const now = parts.clock.now()
  const right = timingSafeEqual(hashOfKey(given), storedHash(key))
  if (key === undefined || !right || key.revokedAt !== undefined || key.expiresAt <= now) return undefined
  if (!roles.includes(key.role)) return undefined // of a newer release
  if (now - (key.lastUsedAt ?? 0) >= useNotedEveryMs) {
    parts.keys.noteKeyUse(id, now).catch((error: unknown) => {
      parts.logger.warn('the use of an API key was not noted', { keyId: id, error })
    })
  }
  return { kind: 'key', id, name: key.name, role: key.role }
}

function storedHash(key: ApiKey | undefined): Buffer {
  const hash = key === undefined ? noHash : Buffer.from(key.hash, 'hex')
  return hash.byteLength === noHash.byteLength ? hash : noHash
}
