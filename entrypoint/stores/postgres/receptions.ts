import { auditOfForgetting, auditOfPreparation, auditOfReception } from '../../../core/audit/of-reception.ts'
import type { ReceptionStore } from '../../../core/ports/reception-store.ts'
import { isFlowOver } from '../../../core/reception/reception.ts'
import { readablePage } from '../readable-page.ts'
import { receptionOf } from '../readable-reception.ts'
import { sha256 } from '../sha256.ts'
import type { AuditTable } from './audit.ts'
import type { Database, Statement } from './database.ts'
import type { Release } from './release.ts'
import { isHeldOn, wakeOn } from './work.ts'

const columns = 'id, body, revision'
const insert: Statement = {
  name: 'add-reception',
  text: `
    INSERT INTO receptions (id, connector_id, process_id, state, body, revision) VALUES ($1, $2, $3, $4, $5, 1)
    ON CONFLICT DO NOTHING`,
}
const select: Statement = { name: 'reception', text: `SELECT ${columns} FROM receptions WHERE id = $1` }
const lock: Statement = { name: 'lock-reception', text: `SELECT ${columns} FROM receptions WHERE id = $1 FOR UPDATE` }
const ofProcess: Statement = {
  name: 'reception-of-process',
  text: `SELECT ${columns} FROM receptions WHERE connector_id = $1 AND process_id = $2`,
}
const update: Statement = {
  name: 'save-reception',
  text: 'UPDATE receptions SET state = $2, body = $3, revision = revision + 1 WHERE id = $1',
}
const remove: Statement = { text: 'DELETE FROM receptions WHERE id = $1' }
const list: Statement = {
  text: `
    SELECT ${columns} FROM receptions
    WHERE ($1::text IS NULL OR connector_id = $1) AND ($2::text IS NULL OR process_id = $2)
      AND ($3::text IS NULL OR state = $3)
      AND ($4::text IS NULL OR sequence < (SELECT sequence FROM receptions WHERE id = $4))
    ORDER BY sequence DESC LIMIT $5`,
}

/** What consumers' flows receive. */
export function receptionTable(database: Database, release: Release, audit: AuditTable): ReceptionStore {
  return {
    async addReception(reception, wake, by) {
      release.assertCurrent()
      const { id, connectorId, processId, state } = reception
      const created = await database.transaction(async (connection) => {
        const values = [id, connectorId, processId, state, JSON.stringify(reception)]
        if ((await connection.run(insert, values)).count === 0) return false
        await Promise.all([wakeOn(connection, wake), audit.appendOn(connection, [auditOfPreparation(reception, by)])])
        return true
      })
      if (created) return { reception: { value: reception, revision: 1 }, created }
      const [row] = (await database.run(ofProcess, [connectorId, processId])).rows
      if (row === undefined) throw new Error(`the id ${id} is taken by another reception`)
      return { reception: receptionOf(row), created }
    },
    async reception(id) {
      const [row] = (await database.run(select, [id])).rows
      return row === undefined ? undefined : receptionOf(row)
    },
    async receptionOfProcess(connectorId, processId) {
      const [row] = (await database.run(ofProcess, [connectorId, processId])).rows
      return row === undefined ? undefined : receptionOf(row)
    },
    async listReceptions({ connectorId, processId, state, before, limit }) {
      const read = async (from: string | undefined, most: number) =>
        (await database.run(list, [connectorId ?? null, processId ?? null, state ?? null, from ?? null, most])).rows
      return readablePage(limit, before, read, (row) => receptionOf(row).value)
    },
    async saveReception(change) {
      return database.transaction(async (connection) => {
        const { value, revision } = change.reception
        const [found, held] = await Promise.all([
          connection.run(lock, [value.id]),
          change.holder === undefined ? true : isHeldOn(connection, change.holder),
        ])
        const [row] = found.rows
        if (row === undefined || Number(row['revision']) !== revision || !held) return 'stale'
        await Promise.all([
          connection.run(update, [value.id, value.state, JSON.stringify(value)]),
          wakeOn(connection, change.wake ?? []),
          audit.appendOn(connection, auditOfReception(receptionOf(row).value, change, sha256)),
        ])
        return 'done'
      })
    },
    async forgetReception(id, by) {
      return database.transaction(async (connection) => {
        const [row] = (await connection.run(lock, [id])).rows
        if (row === undefined) return 'unknown'
        const { value } = receptionOf(row)
        if (!isFlowOver(value) || value.state !== 'removed') return 'live'
        await connection.run(remove, [id])
        await audit.appendOn(connection, [auditOfForgetting(value, by)])
        return 'forgotten'
      })
    },
  }
}
