import type { DatabaseSync } from 'node:sqlite'
import { service } from '../../core/audit/entry.ts'
import { assetDraft, auditOfFolder, auditOfRegistration } from '../../core/audit/of-asset.ts'
import type { AssetPort } from './ports.ts'
import { assetOf } from './rows.ts'
import { sha256 } from './sha256.ts'
import type { AuditTable } from './sqlite-audit.ts'
import { inTransaction } from './transaction.ts'

/** Registered asset versions. A removed version stays for the jobs that have it. */
export function assetTable(database: DatabaseSync, audit: AuditTable): AssetPort {
  const select = database.prepare('SELECT * FROM assets WHERE id = ? AND version = ?')
  const used = database.prepare(`
    SELECT 1 FROM jobs WHERE asset_id = ?1 AND asset_version = ?2
    UNION ALL SELECT 1 FROM usage WHERE asset_id = ?1 AND asset_version = ?2 LIMIT 1`)
  const save = database.prepare(`
    INSERT OR REPLACE INTO assets (id, version, document, dotenv, bundled, bundle_id, registered_at, enabled, removed_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)`)
  const newest = database.prepare(`
    SELECT * FROM assets WHERE id = ? AND enabled = 1 AND removed_at IS NULL ORDER BY registered_at DESC, rowid DESC LIMIT 1`)
  const list = database.prepare(`
    SELECT * FROM assets WHERE removed_at IS NULL AND (?1 IS NULL OR id = ?1)
      AND (?2 IS NULL OR id > ?2 OR (id = ?2 AND (registered_at, rowid) <
        (SELECT registered_at, rowid FROM assets WHERE id = ?2 AND version = ?3)))
    ORDER BY id, registered_at DESC, rowid DESC LIMIT ?4`)
  const live = database.prepare(`
    SELECT 1 FROM jobs WHERE asset_id = ? AND (holds_slot = 1 OR state NOT IN ('succeeded', 'failed', 'cancelled')) LIMIT 1`)
  const enable = database.prepare('UPDATE assets SET enabled = ? WHERE id = ? AND removed_at IS NULL')
  const remove = database.prepare('UPDATE assets SET removed_at = ?, enabled = 0 WHERE id = ? AND removed_at IS NULL')
  const fromDirectory = database.prepare('SELECT id, version, withdrawn FROM directory_assets ORDER BY id, version')
  const mark = database.prepare(`
    INSERT INTO directory_assets (id, version, withdrawn) VALUES (?1, ?2, ?3)
    ON CONFLICT (id, version) DO UPDATE SET withdrawn = ?3 WHERE withdrawn <> ?3`)
  const offered = database.prepare('SELECT withdrawn FROM directory_assets WHERE id = ? AND version = ?')
  const enableVersion = database.prepare(
    'UPDATE assets SET enabled = ? WHERE id = ? AND version = ? AND removed_at IS NULL',
  )

  return {
    async saveAsset(record, replace, by = service) {
      return inTransaction(database, () => {
        const row = select.get(record.id, record.version)
        if (row?.['removed_at'] === null && !replace) return 'exists'
        if (row !== undefined && used.get(record.id, record.version) !== undefined) return 'in-use'
        const { id, version, document, dotenv, bundled, bundleId, registeredAt, enabled } = record
        const texts = [JSON.stringify(document), dotenv ?? null, JSON.stringify(bundled)] as const
        save.run(id, version, ...texts, bundleId, registeredAt, enabled ? 1 : 0)
        audit.appendHere([auditOfRegistration(record, row?.['removed_at'] === null, by, sha256)])
        return 'saved'
      })
    },
    async assetVersion(id, version) {
      const row = select.get(id, version)
      return row === undefined ? undefined : assetOf(row)
    },
    async newestAsset(id) {
      const row = newest.get(id)
      return row === undefined ? undefined : assetOf(row)
    },
    async listAssets(id, { after, limit } = { limit: -1 }) {
      return list.all(id ?? null, after?.id ?? null, after?.version ?? null, limit).map(assetOf)
    },
    async enableAsset(id, enabled, by = service) {
      inTransaction(database, () => {
        const { changes } = enable.run(enabled ? 1 : 0, id)
        if (changes !== 0) audit.appendHere([assetDraft(id, enabled ? 'asset.resumed' : 'asset.paused', by)])
      })
    },
    async removeAsset(id, now, by = service) {
      return inTransaction(database, () => {
        if (list.all(id, null, null, 1).length === 0) return 'unknown'
        if (live.get(id) !== undefined) return 'live-jobs'
        remove.run(now, id)
        audit.appendHere([assetDraft(id, 'asset.removed', by)])
        return 'removed'
      })
    },
    async directoryAssets() {
      return fromDirectory.all().map((row) => ({
        id: String(row['id']),
        version: String(row['version']),
        withdrawn: row['withdrawn'] === 1,
      }))
    },
    async markDirectoryAsset(id, version, present) {
      inTransaction(database, () => {
        const before = offered.get(id, version)?.['withdrawn']
        mark.run(id, version, present ? 0 : 1)
        if (!present) enableVersion.run(0, id, version)
        else if (before === 1) enableVersion.run(1, id, version)
        if (before !== (present ? 0 : 1)) audit.appendHere([auditOfFolder(id, version, present)])
      })
    },
  }
}
