import { randomUUID } from 'node:crypto'
import { isTransitionError } from '../../core/transition-error.ts'
import { acceptedJob, type Job, type Result, type Terms, withAttempt } from '../../core/job/job.ts'
import { type JobEvent, transition } from '../../core/job/transition.ts'
import type { Store } from '../../core/ports/store.ts'
import { buildManifest } from '../../core/result/manifest.ts'
import { requestedTransfer, type Transfer } from '../../core/transfer/transfer.ts'
import { openSqliteStore } from '../../entrypoint/stores/sqlite.ts'
import { shellAsset } from '../cluster/shell-asset.ts'

/** Id of the asset that all jobs are of; the recorded pod has it as its label. */
export const seededAsset = 'word-count'

/** What a store is filled with. */
export interface Seed {
  /** Jobs that succeeded, whose transfers are over and whose results wait for the end of their retention. */
  readonly over: number
  /** Jobs whose worker runs. */
  readonly running: number
  /** Jobs that wait for a slot. @default 0 */
  readonly queued?: number
}

/** How many consumers the jobs are for. */
const consumers = 100
/** How many jobs are written side by side. */
const lanes = 8

/** Fills a new SQLite database, and gives the ids of the jobs that run. */
export async function seedStore(path: string, seed: Seed): Promise<readonly string[]> {
  const store = openSqliteStore(path, { next: randomUUID })
  try {
    return await fillStore(store, seed)
  } finally {
    await store.close()
  }
}

/** Fills an empty store, and gives the ids of the jobs that run. */
export async function fillStore(store: Store, { over, running, queued = 0 }: Seed): Promise<readonly string[]> {
  const document = shellAsset(seededAsset, 'sleep 600', 1_000)
  const asset = {
    id: seededAsset,
    version: '1.0.0',
    document: { ...document, limits: { ...document.limits, timeout: '1h' } },
  }
  await store.saveAsset({ ...asset, bundled: {}, bundleId: 'seeded', registeredAt: Date.now(), enabled: true }, false)
  await many(over, () => addOver(store))
  const ids: string[] = []
  await many(running, async (number) => void ids.push(await addRunning(store, number)))
  await many(queued, (number) => addQueued(store, number))
  return ids
}

async function many(count: number, add: (number: number) => Promise<void>): Promise<void> {
  const numbers = Array.from({ length: count }, (_, number) => number).values()
  const lane = async (): Promise<void> => {
    for (const number of numbers) await add(number)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

/** Both have one revision when they are accepted. */
const revision = 1

async function addOver(store: Store): Promise<void> {
  const { job, transfer, now } = await addAccepted(store)
  const succeeded = after(runningJob(job, now, 0), [{ type: 'result-registered', attempt: 1 }], now)
  const files = [{ path: 'counts.json', size: 1_234, sha256: 'ab'.repeat(32), mediaType: 'application/json' }]
  const manifest = buildManifest(job.id, 1, files)
  const expiresAt = now + 7 * 86_400_000
  const result: Result = { jobId: job.id, transferId: transfer.id, attempt: 1, manifest, registeredAt: now }
  const ended: Transfer = {
    ...transfer,
    state: 'ended',
    outcome: 'completed',
    reason: 'the transfer process is COMPLETED',
    since: now,
  }
  await store.commit({
    job: { value: withAttempt(succeeded, 1, { logsKept: true, removed: true }), revision },
    transfer: { value: ended, revision },
    result,
    wake: [{ kind: 'expire', key: job.id, dueAt: expiresAt }],
  })
  await store.markResult(job.id, { expiresAt })
}

async function addRunning(store: Store, number: number): Promise<string> {
  const { job, transfer, now } = await addAccepted(store)
  await store.commit({ job: { value: runningJob(job, now, number), revision }, wake: dueOf(job, transfer, now) })
  return job.id
}

async function addQueued(store: Store, number: number): Promise<void> {
  const { job, transfer, now } = await addAccepted(store)
  const queued = after(job, [{ type: 'verified', terms: termsOf(job, number) }], now)
  await store.commit({ job: { value: queued, revision }, wake: dueOf(job, transfer, now) })
}

function dueOf(job: Job, transfer: Transfer, now: number) {
  return [
    { kind: 'job', key: job.id, dueAt: now },
    { kind: 'transfer', key: transfer.id, dueAt: now },
  ] as const
}

async function addAccepted(store: Store): Promise<{ job: Job; transfer: Transfer; now: number }> {
  const now = Date.now()
  const [id, jobId, processId, definitionId] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()]
  const transfer = requestedTransfer(
    { id, connectorId: 'provider', processId, definitionId, assetId: seededAsset, jobId },
    now,
  )
  const job = acceptedJob(jobId, { kind: 'transfer', transferId: id, connectorId: 'provider' }, seededAsset, now)
  await store.accept(transfer, job, [])
  return { job, transfer, now }
}

function termsOf(job: Job, number: number): Terms {
  const parameters = { TOP: '20', MINIMUM_LENGTH: '5' }
  const consumerId = `consumer-${number % consumers}`
  return { assetVersion: '1.0.0', agreementId: `agreement-of-${job.id}`, consumerId, parameters }
}

function runningJob(job: Job, now: number, number: number): Job {
  const started: JobEvent = { type: 'worker-started', attempt: 1, workerStartedAt: now }
  const running = after(
    job,
    [{ type: 'verified', terms: termsOf(job, number) }, { type: 'slot-taken', attempt: 1 }, started],
    now,
  )
  return withAttempt(running, 1, { launched: true })
}

function after(job: Job, events: readonly JobEvent[], now: number): Job {
  return events.reduce<Job>((before, event) => {
    const next = transition(before, event, now)
    if (isTransitionError(next)) throw new Error(`a job that is ${next.from} does not take ${next.event}`)
    return next
  }, job)
}
