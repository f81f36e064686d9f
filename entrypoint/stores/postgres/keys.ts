import { service } from '../../../core/audit/entry.ts'
import { auditOfKey, auditOfRevocation } from '../../../core/audit/of-key.ts'
import type { KeyStore } from '../../../core/ports/key-store.ts'
import { keyOf } from '../sqlite-keys.ts'
import type { AuditTable } from './audit.ts'
import type { Database, Statement } from './database.ts'

const insert: Statement = {
  text: 'INSERT INTO api_keys (id, name, role, hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)',
}
const columns = 'id, name, role, hash, created_at, expires_at, last_used_at, revoked_at'
const select: Statement = { name: 'api-key', text: `SELECT ${columns} FROM api_keys WHERE id = $1` }
const list: Statement = { text: `SELECT ${columns} FROM api_keys ORDER BY created_at, id COLLATE "C"` }
const revoke: Statement = { text: 'UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL' }
const use: Statement = {
  text: 'UPDATE api_keys SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)',
}

/** API keys, by their hashes. */
export function keyTable(database: Database, audit: AuditTable): KeyStore {
  return {
    async addKey(key, by = service) {
      const { id, name, role, hash, createdAt, expiresAt } = key
      await database.transaction(async (connection) => {
        await connection.run(insert, [id, name, role, hash, createdAt, expiresAt])
        await audit.appendOn(connection, [auditOfKey(key, by)])
      })
    },
    async apiKey(id) {
      const [row] = (await database.run(select, [id])).rows
      return row === undefined ? undefined : keyOf(row)
    },
    async listKeys() {
      return (await database.run(list)).rows.map(keyOf)
    },
    async revokeKey(id, now, by = service) {
      return database.transaction(async (connection) => {
        const [row] = (await connection.run(select, [id])).rows
        if (row === undefined) return 'unknown'
        if ((await connection.run(revoke, [id, now])).count > 0)
          await audit.appendOn(connection, [auditOfRevocation({ id, name: String(row['name']) }, by)])
        return 'revoked'
      })
    },
    async noteKeyUse(id, at) {
      await database.run(use, [id, at])
    },
  }
}
