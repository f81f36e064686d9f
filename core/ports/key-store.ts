import type { Role } from '../access/caller.ts'
import type { Author } from '../audit/entry.ts'

/** An API key as stored. The secret itself is nowhere: who has the database cannot call the admin API. */
export interface ApiKey {
  /** Stands in the key in clear, so that a key that is found somewhere can be recognised and revoked. */
  readonly id: string
  /** Names whoever uses it. Several keys may have one name: the old and the new one while it is rotated. */
  readonly name: string
  readonly role: Role
  /**
   * SHA-256 of the whole key, in hexadecimal. A key holds 256 random bits, so nobody finds it by trying: a slow hash with a salt, as passwords
   * need it, would cost time for every request and add nothing.
   */
  readonly hash: string
  /** Milliseconds since 1970, like every time here. */
  readonly createdAt: number
  readonly expiresAt: number
  /** When it was last used, to a few minutes. */
  readonly lastUsedAt?: number
  readonly revokedAt?: number
}

/** Keeps API keys. Every write is on disk when its promise resolves; the first two writes appear in the audit log. */
export interface KeyStore {
  /** Keeps a new key. @throws where its id is taken */
  addKey(key: ApiKey, by?: Author): Promise<void>
  /** A key by its id, also where it has expired or was revoked. */
  apiKey(id: string): Promise<ApiKey | undefined>
  /** Every key, oldest first. */
  listKeys(): Promise<readonly ApiKey[]>
  /** Revokes a key for good; the time of the first revocation stays. `unknown` where there is none. */
  revokeKey(id: string, now: number, by?: Author): Promise<'revoked' | 'unknown'>
  /** Notes that a key was used; an earlier time than the one known changes nothing. */
  noteKeyUse(id: string, at: number): Promise<void>
}
