import type { DatabaseSync } from 'node:sqlite'
import { roles } from '../../core/access/caller.ts'
import { service } from '../../core/audit/entry.ts'
import { auditOfKey, auditOfRevocation } from '../../core/audit/of-key.ts'
import type { ApiKey, KeyStore } from '../../core/ports/key-store.ts'
import type { Row } from './rows.ts'
import type { AuditTable } from './sqlite-audit.ts'
import { inTransaction } from './transaction.ts'

/** API keys, by their hashes. */
export function keyTable(database: DatabaseSync, audit: AuditTable): KeyStore {
  const insert = database.prepare(
    'INSERT INTO api_keys (id, name, role, hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const select = database.prepare('SELECT * FROM api_keys WHERE id = ?')
  const list = database.prepare('SELECT * FROM api_keys ORDER BY created_at, id')
  const revoke = database.prepare('UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL')
  const use = database.prepare(
    'UPDATE api_keys SET last_used_at = ?1 WHERE id = ?2 AND (last_used_at IS NULL OR last_used_at < ?1)',
  )
  return {
    async addKey(key, by = service) {
      const { id, name, role, hash, createdAt, expiresAt } = key
      inTransaction(database, () => {
        insert.run(id, name, role, hash, createdAt, expiresAt)
        audit.appendHere([auditOfKey(key, by)])
      })
    },
    async apiKey(id) {
      const row = select.get(id)
      return row === undefined ? undefined : keyOf(row)
    },
    async listKeys() {
      return list.all().map(keyOf)
    },
    async revokeKey(id, now, by = service) {
      return inTransaction(database, () => {
        const row = select.get(id)
        if (row === undefined) return 'unknown'
        if (row['revoked_at'] === null) {
          revoke.run(now, id)
          audit.appendHere([auditOfRevocation({ id, name: String(row['name']) }, by)])
        }
        return 'revoked'
      })
    },
    async noteKeyUse(id, at) {
      use.run(at, id)
    },
  }
}

/** An API key. @throws where a key has a role that this release does not know */
export function keyOf(row: Row): ApiKey {
  const { last_used_at: lastUsedAt, revoked_at: revokedAt } = row
  const role = roles.find((one) => one === row['role'])
  if (role === undefined)
    throw new Error(`the API key ${String(row['id'])} has the unknown role ${String(row['role'])}`)
  return {
    id: String(row['id']),
    name: String(row['name']),
    role,
    hash: String(row['hash']),
    createdAt: Number(row['created_at']),
    expiresAt: Number(row['expires_at']),
    ...(lastUsedAt === null ? {} : { lastUsedAt: Number(lastUsedAt) }),
    ...(revokedAt === null ? {} : { revokedAt: Number(revokedAt) }),
  }
}
