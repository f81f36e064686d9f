import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import test from 'ava'
import type { Action } from '../../core/audit/actions.ts'
import { actions } from '../../core/audit/actions.ts'
import { openSqliteStore } from '../../entrypoint/stores/sqlite.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** What a method of the store writes: entries of these actions, or nothing that the audit log tells of, and why. */
type Told = readonly Action[] | { readonly silent: string }

const reads: Told = { silent: 'it only reads' }
const work: Told = { silent: 'when to look at something again says nothing about what was done to it' }

/**
 * Every method of the store. A new one belongs here, with what the audit log tells of it, or why nothing: without that this test
 * fails.
 */
const methods: Readonly<Record<string, Told>> = {
  accept: ['transfer.accepted'],
  acceptOffered: ['transfer.accepted'],
  commit: [
    'job.verified',
    'job.repeated',
    'job.starting',
    'job.running',
    'job.storing',
    'job.attempt-failed',
    'job.stopping',
    'job.cleared-up',
    'job.succeeded',
    'job.failed',
    'job.cancelled',
    'job.logs-removed',
    'transfer.granting',
    'transfer.granted',
    'transfer.delivering',
    'transfer.suspended',
    'transfer.ended',
    'transfer.revoked',
    'callback.done',
    'result.registered',
  ],
  markResult: ['result.expiry-set', 'result.removal-ordered', 'result.removed'],
  forgetJob: ['job.forgotten'],
  saveAsset: ['asset.registered', 'asset.replaced'],
  enableAsset: ['asset.paused', 'asset.resumed'],
  removeAsset: ['asset.removed'],
  markDirectoryAsset: ['asset.withdrawn', 'asset.offered-again'],
  addReception: ['reception.prepared'],
  saveReception: [
    'reception.started',
    'reception.suspended',
    'reception.resumed',
    'reception.completed',
    'reception.terminated',
    'reception.received',
    'reception.failed',
    'reception.fetch-ordered',
    'reception.removal-ordered',
    'reception.removed',
  ],
  forgetReception: ['reception.forgotten'],
  addKey: ['key.created'],
  revokeKey: ['key.revoked'],
  noteKeyUse: { silent: 'the entries of what a key did tell of its use' },
  // auditEntries, auditHead and pruneAudit tell of `log.unreadable` on PostgreSQL, where entries wait for their places.
  appendAudit: [
    'offer.published',
    'offer.unpublished',
    'result.read',
    'reception.read',
    'request.refused',
    'provision.refused',
    'log.exported',
    'log.unreadable',
  ],
  pruneAudit: ['log.pruned'],
  addDeliveries: { silent: 'it counts; entries of their own tell of reads' },
  installation: { silent: 'it names the database once, before anything is in it' },
  wake: work,
  claim: work,
  finish: work,
  renew: work,
  releaseLeases: work,
  wakeEnded: work,
  clockWentBack: work,
  nextDue: reads,
  line: reads,
  job: reads,
  transfer: reads,
  transfersOfProcess: reads,
  result: reads,
  callback: reads,
  listJobs: reads,
  assetVersion: reads,
  newestAsset: reads,
  listAssets: reads,
  directoryAssets: reads,
  reception: reads,
  receptionOfProcess: reads,
  listReceptions: reads,
  apiKey: reads,
  listKeys: reads,
  rows: reads,
  figures: reads,
  auditEntries: reads,
  auditHead: reads,
  usageTotals: reads,
  usageRecords: reads,
  check: { silent: 'it writes only to see whether that can be done' },
  close: { silent: 'it ends the connection' },
}

test('every method of the store says what the audit log tells of it, or why nothing', async (t) => {
  const store = openSqliteStore(join(await temporaryFolder(t), 'state.db'), { next: randomUUID })
  const found = Object.entries(store).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []))
  t.deepEqual(found.toSorted(), Object.keys(methods).toSorted())
  await store.close()
})

test('every action of the catalogue is written by some method', (t) => {
  const told = Object.values(methods).flatMap((one) => ('silent' in one ? [] : one))
  t.deepEqual([...new Set(told)].toSorted(), Object.keys(actions).toSorted())
})
