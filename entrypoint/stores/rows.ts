import type { SQLOutputValue } from 'node:sqlite'
import type { Job, Result } from '../../core/job/job.ts'
import type { AssetRecord, Callback, Versioned } from '../../core/ports/store.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { isReadableJob } from './readable-job.ts'

/** A row as node:sqlite gives it. */
export type Row = Readonly<Record<string, SQLOutputValue>>

// The JSON columns hold what the statements beside this file wrote, so their types are taken as given.
const json = (row: Row, column: string): ReturnType<typeof JSON.parse> => JSON.parse(String(row[column]))

/**
 * A job with its revision.
 * @throws Error where the row holds no job as this release knows them
 */
export function jobOf(row: Row): Versioned<Job> {
  const value: unknown = json(row, 'body')
  if (!isReadableJob(value)) throw new Error(`the store holds a job that cannot be read: ${String(row['id'])}`)
  return { value, revision: Number(row['revision']) }
}

/** A transfer with its revision. */
export function transferOf(row: Row): Versioned<Transfer> {
  return { value: json(row, 'body'), revision: Number(row['revision']) }
}

/** A registered result. */
export function resultOf(row: Row): Result {
  const { transfer_id: transferId, expires_at: expiresAt, removed_at: removedAt } = row
  return {
    jobId: String(row['job_id']),
    ...(transferId === null ? {} : { transferId: String(transferId) }),
    attempt: Number(row['attempt']),
    manifest: json(row, 'manifest'),
    registeredAt: Number(row['registered_at']),
    ...(expiresAt === null ? {} : { expiresAt: Number(expiresAt) }),
    ...(removedAt === null ? {} : { removedAt: Number(removedAt) }),
  }
}

/** A callback of the outbox. */
export function callbackOf(row: Row): Callback {
  return {
    id: String(row['id']),
    transferId: String(row['transfer_id']),
    connectorId: String(row['connector_id']),
    message: json(row, 'message'),
    createdAt: Number(row['created_at']),
  }
}

/** An asset version. */
export function assetOf(row: Row): AssetRecord {
  return {
    id: String(row['id']),
    version: String(row['version']),
    document: json(row, 'document'),
    ...(row['dotenv'] === null ? {} : { dotenv: String(row['dotenv']) }),
    bundled: json(row, 'bundled'),
    bundleId: String(row['bundle_id']),
    registeredAt: Number(row['registered_at']),
    enabled: row['enabled'] === 1,
  }
}
