import { service } from '../../../core/audit/entry.ts'
import { assetDraft, auditOfFolder, auditOfRegistration } from '../../../core/audit/of-asset.ts'
import type { AssetPort } from '../ports.ts'
import { assetOf } from '../rows.ts'
import { sha256 } from '../sha256.ts'
import type { AuditTable } from './audit.ts'
import type { Database, Statement } from './database.ts'
import { lockName } from './lock-name.ts'
import type { Release } from './release.ts'

const columns = 'id, version, document, dotenv, bundled, bundle_id, registered_at, enabled'

const select: Statement = {
  name: 'asset-version',
  text: `SELECT ${columns}, removed_at FROM assets WHERE id = $1 AND version = $2`,
}
const used: Statement = {
  text: `
    SELECT 1 FROM jobs WHERE asset_id = $1 AND asset_version = $2
    UNION ALL SELECT 1 FROM usage WHERE asset_id = $1 AND asset_version = $2 LIMIT 1`,
}
const drop: Statement = { text: 'DELETE FROM assets WHERE id = $1 AND version = $2' }
const insert: Statement = { text: `INSERT INTO assets (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)` }
const newest: Statement = {
  name: 'newest-asset',
  text: `
    SELECT ${columns} FROM assets WHERE id = $1 AND enabled = 1 AND removed_at IS NULL
    ORDER BY registered_at DESC, sequence DESC LIMIT 1`,
}
/** SQL that finds something where a new transfer could get a version of the asset; of the same rows as `newest`. */
export function offeredVersion(id: string): string {
  return `SELECT 1 FROM assets WHERE id = ${id} AND enabled = 1 AND removed_at IS NULL LIMIT 1`
}
const list: Statement = {
  text: `
    SELECT ${columns} FROM assets WHERE removed_at IS NULL AND ($1::text IS NULL OR id = $1)
      AND ($2::text IS NULL OR id > $2 OR (id = $2 AND (registered_at, sequence) <
        (SELECT registered_at, sequence FROM assets WHERE id = $2 AND version = $3)))
    ORDER BY id, registered_at DESC, sequence DESC LIMIT $4`,
}
const offered: Statement = { text: 'SELECT 1 FROM assets WHERE id = $1 AND removed_at IS NULL LIMIT 1' }
const live: Statement = {
  text: `
    SELECT 1 FROM jobs WHERE asset_id = $1 AND (holds_slot = 1 OR state NOT IN ('succeeded', 'failed', 'cancelled')) LIMIT 1`,
}
const enable: Statement = { text: 'UPDATE assets SET enabled = $2 WHERE id = $1 AND removed_at IS NULL' }
const remove: Statement = {
  text: 'UPDATE assets SET removed_at = $2, enabled = 0 WHERE id = $1 AND removed_at IS NULL',
}
const fromDirectory: Statement = { text: 'SELECT id, version, withdrawn FROM directory_assets ORDER BY id, version' }
const before: Statement = { text: 'SELECT withdrawn FROM directory_assets WHERE id = $1 AND version = $2' }
const mark: Statement = {
  text: `
    INSERT INTO directory_assets (id, version, withdrawn) VALUES ($1, $2, $3)
    ON CONFLICT (id, version) DO UPDATE SET withdrawn = excluded.withdrawn`,
}
const enableVersion: Statement = {
  text: 'UPDATE assets SET enabled = $3 WHERE id = $1 AND version = $2 AND removed_at IS NULL',
}

/** Registered asset versions. A removed version stays for the jobs that have it. What is decided on what is there has the asset's lock. */
export function assetTable(database: Database, release: Release, audit: AuditTable): AssetPort {
  return {
    async saveAsset(record, replace, by = service) {
      release.assertCurrent()
      const { id, version, document, dotenv, bundled, bundleId, registeredAt, enabled } = record
      return database.transaction(async (connection) => {
        await lockName(connection, `asset ${id}`)
        const [row] = (await connection.run(select, [id, version])).rows
        if (row?.['removed_at'] === null && !replace) return 'exists'
        if (row !== undefined) {
          if ((await connection.run(used, [id, version])).count > 0) return 'in-use'
          await connection.run(drop, [id, version])
        }
        const texts = [JSON.stringify(document), dotenv ?? null, JSON.stringify(bundled)] as const
        await connection.run(insert, [id, version, ...texts, bundleId, registeredAt, enabled ? 1 : 0])
        await audit.appendOn(connection, [auditOfRegistration(record, row?.['removed_at'] === null, by, sha256)])
        return 'saved'
      })
    },
    async assetVersion(id, version) {
      const [row] = (await database.run(select, [id, version])).rows
      return row === undefined ? undefined : assetOf(row)
    },
    async newestAsset(id) {
      const [row] = (await database.run(newest, [id])).rows
      return row === undefined ? undefined : assetOf(row)
    },
    async listAssets(id, page) {
      const { after, limit } = page ?? {}
      const values = [id ?? null, after?.id ?? null, after?.version ?? null, limit ?? null]
      return (await database.run(list, values)).rows.map(assetOf)
    },
    async enableAsset(id, enabled, by = service) {
      await database.transaction(async (connection) => {
        const { count } = await connection.run(enable, [id, enabled ? 1 : 0])
        const draft = assetDraft(id, enabled ? 'asset.resumed' : 'asset.paused', by)
        if (count > 0) await audit.appendOn(connection, [draft])
      })
    },
    async removeAsset(id, now, by = service) {
      return database.transaction(async (connection) => {
        await lockName(connection, `asset ${id}`)
        if ((await connection.run(offered, [id])).count === 0) return 'unknown'
        if ((await connection.run(live, [id])).count > 0) return 'live-jobs'
        await connection.run(remove, [id, now])
        await audit.appendOn(connection, [assetDraft(id, 'asset.removed', by)])
        return 'removed'
      })
    },
    async directoryAssets() {
      return (await database.run(fromDirectory)).rows.map((row) => ({
        id: String(row['id']),
        version: String(row['version']),
        withdrawn: row['withdrawn'] === 1,
      }))
    },
    async markDirectoryAsset(id, version, present) {
      await database.transaction(async (connection) => {
        await lockName(connection, `asset ${id}`)
        const known = (await connection.run(before, [id, version])).rows[0]?.['withdrawn']
        await connection.run(mark, [id, version, present ? 0 : 1])
        if (!present) await connection.run(enableVersion, [id, version, 0])
        else if (known === 1) await connection.run(enableVersion, [id, version, 1])
        if (known !== (present ? 0 : 1)) await audit.appendOn(connection, [auditOfFolder(id, version, present)])
      })
    },
  }
}
