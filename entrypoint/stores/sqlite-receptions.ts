import type { DatabaseSync } from 'node:sqlite'
import { auditOfForgetting, auditOfPreparation, auditOfReception } from '../../core/audit/of-reception.ts'
import type { ReceptionStore } from '../../core/ports/reception-store.ts'
import { isFlowOver } from '../../core/reception/reception.ts'
import { readablePage } from './readable-page.ts'
import { receptionOf } from './readable-reception.ts'
import { sha256 } from './sha256.ts'
import type { AuditTable } from './sqlite-audit.ts'
import type { WorkTable } from './sqlite-work.ts'
import { inTransaction } from './transaction.ts'

/** What consumers' flows receive. */
export function receptionTable(database: DatabaseSync, work: WorkTable, audit: AuditTable): ReceptionStore {
  const insert = database.prepare(
    'INSERT INTO receptions (id, connector_id, process_id, state, body, revision) VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT DO NOTHING',
  )
  const select = database.prepare('SELECT * FROM receptions WHERE id = ?')
  const ofProcess = database.prepare('SELECT * FROM receptions WHERE connector_id = ? AND process_id = ?')
  const update = database.prepare(
    'UPDATE receptions SET state = ?, body = ?, revision = revision + 1 WHERE id = ? AND revision = ?',
  )
  const remove = database.prepare('DELETE FROM receptions WHERE id = ?')
  const list = database.prepare(`
    SELECT * FROM receptions
    WHERE (?1 IS NULL OR connector_id = ?1) AND (?2 IS NULL OR process_id = ?2) AND (?3 IS NULL OR state = ?3)
      AND (?4 IS NULL OR sequence < (SELECT sequence FROM receptions WHERE id = ?4))
    ORDER BY sequence DESC LIMIT ?5`)
  return {
    async addReception(reception, wake, by) {
      return inTransaction(database, () => {
        const { id, connectorId, processId, state } = reception
        const { changes } = insert.run(id, connectorId, processId, state, JSON.stringify(reception))
        if (changes === 0) {
          const row = ofProcess.get(connectorId, processId)
          if (row === undefined) throw new Error(`the id ${id} is taken by another reception`)
          return { reception: receptionOf(row), created: false }
        }
        for (const item of wake) work.wakeHere(item)
        audit.appendHere([auditOfPreparation(reception, by)])
        return { reception: { value: reception, revision: 1 }, created: true }
      })
    },
    async reception(id) {
      const row = select.get(id)
      return row === undefined ? undefined : receptionOf(row)
    },
    async receptionOfProcess(connectorId, processId) {
      const row = ofProcess.get(connectorId, processId)
      return row === undefined ? undefined : receptionOf(row)
    },
    async listReceptions({ connectorId, processId, state, before, limit }) {
      const read = async (from: string | undefined, most: number) =>
        list.all(connectorId ?? null, processId ?? null, state ?? null, from ?? null, most)
      return readablePage(limit, before, read, (row) => receptionOf(row).value)
    },
    async saveReception(change) {
      return inTransaction(database, () => {
        const { value, revision } = change.reception
        const row = select.get(value.id)
        if (row === undefined || row['revision'] !== revision) return 'stale'
        if (change.holder !== undefined && !work.isHeld(change.holder)) return 'stale'
        update.run(value.state, JSON.stringify(value), value.id, revision)
        for (const item of change.wake ?? []) work.wakeHere(item)
        audit.appendHere(auditOfReception(receptionOf(row).value, change, sha256))
        return 'done'
      })
    },
    async forgetReception(id, by) {
      return inTransaction(database, () => {
        const row = select.get(id)
        if (row === undefined) return 'unknown'
        const { value } = receptionOf(row)
        if (!isFlowOver(value) || value.state !== 'removed') return 'live'
        remove.run(id)
        audit.appendHere([auditOfForgetting(value, by)])
        return 'forgotten'
      })
    },
  }
}
