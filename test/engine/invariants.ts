import { DatabaseSync } from 'node:sqlite'
import { isDeepStrictEqual } from 'node:util'
import { holdsSlot, isFinal, type Job, type Result } from '../../core/job/job.ts'
import { attemptName, filesPrefix, logKey, manifestKey } from '../../core/job/names.ts'
import type { ResultManifest } from '../../core/result/manifest.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { brokenBooks } from './books.ts'
import { isRead } from './faults.ts'
import { assetId } from './offer.ts'
import type { World } from './world.ts'
import { readObject, sha256 } from './write-result.ts'

/** How the engine's steps are taken. */
export type Steps = 'one by one' | 'side by side'

/** What the asset of the world limits. */
export interface Bounds {
  readonly concurrentJobs: number
  readonly jobsPerAgreement: number
}

interface Seen {
  readonly job: Job
  /** Unset for an operator's own job. */
  readonly transfer: Transfer | undefined
  readonly result: Result | undefined
}

const jobOrder = { accepted: 0, queued: 1, starting: 2, running: 3, storing: 4, succeeded: 5, failed: 5, cancelled: 5 }
const transferOrder = { requested: 0, granting: 1, granted: 2, delivering: 2, suspended: 2, ended: 3 }

/**
 * What must be true at every moment, looked up in the store, the object store, the backend and the connector, and never asked of
 * the engine:
 * - at most one attempt of a job exists on the backend, and everything there belongs to an attempt that holds a slot;
 * - at most one result per job; a registered one is whole, byte for byte, and never changes;
 * - the connector was told of a result only where one is registered, and learned one end of a job at most;
 * - no state goes backwards, and nothing changes after the end;
 * - the end of a transfer is the end of its job; after it nobody is told where a result lies, and no attempt comes into being;
 * - the limits of slots and agreements hold.
 * @param steps side by side, a message may leave or an attempt begin in the very moment in which a transfer ends: what must hold
 * then is that it is taken back
 * @throws Error with everything that is wrong
 */
export function watchInvariants(world: World, bounds: Bounds, steps: Steps = 'one by one'): () => Promise<void> {
  const seen = new Map<string, Seen>()
  const heard = { messages: 0, made: 0 }
  const checked = new Set<string>()
  let calls = 0
  return async () => {
    const changed = world.faults.calls.slice(calls).some((name) => !isRead(name))
    calls = world.faults.calls.length
    if (!changed) return
    const jobs = await world.store.listJobs({ limit: 10_000 })
    const wrong = [
      ...world.backend.violations,
      ...(await strayObjects(world, jobs)),
      ...brokenLimits(jobs, bounds),
      ...(steps === 'one by one' ? sentAfterTheEnd(world, seen, heard) : []),
    ]
    for (const job of jobs) {
      const now = await look(world, job)
      wrong.push(...wentBack(seen.get(job.id), now))
      if (now.transfer?.state === 'ended' && !isFinal(job))
        wrong.push(`${job.id} is ${job.state} after its transfer’s end`)
      const open = now.result !== undefined && now.result.removedAt === undefined
      if (open && !checked.has(job.id)) wrong.push(...(await brokenResult(world, now.result.manifest, job)))
      if (open) checked.add(job.id)
      seen.set(job.id, now)
    }
    wrong.push(...wrongNotices(world, [...seen.values()]))
    if (wrong.length > 0) throw new Error(`invariants broken:\n${wrong.join('\n')}`)
  }
}

/**
 * What must be true when nothing is left to do: every job and transfer is over, nothing is left on the backend or in the outbox,
 * each job has one end that its connector knows of, the results of others are gone, and the logs of every worker that ran are kept.
 * @throws Error with everything that is wrong
 */
export async function assertQuiet(world: World, steps: Steps = 'one by one'): Promise<void> {
  const wrong: string[] = []
  const left = await world.backend.list()
  wrong.push(...left.map((ref) => `${attemptName(ref)} is left on the backend`))
  wrong.push(...leftInOutbox(world).map((id) => `the callback ${id} is left in the outbox`))
  const jobs = await world.store.listJobs({ limit: 10_000 })
  wrong.push(...(await brokenBooks(world, jobs)))
  for (const job of jobs) {
    const { transfer, result } = await look(world, job)
    if (!isFinal(job)) wrong.push(`${job.id} is still ${job.state}`)
    if (holdsSlot(job)) wrong.push(`${job.id} still holds a slot`)
    if (transfer !== undefined && transfer.state !== 'ended')
      wrong.push(`the transfer of ${job.id} is still ${transfer.state}`)
    if ((result !== undefined) !== (job.state === 'succeeded'))
      wrong.push(`${job.id} is ${job.state} ${result === undefined ? 'without' : 'with'} a result`)
    const process = world.connector.processes.get(transfer?.processId ?? '')
    if (process !== undefined && process.state !== 'completed' && process.state !== 'terminated')
      wrong.push(`the connector was not told of the end of ${job.id}: its process is ${process.state}`)
    if (result !== undefined && result.removedAt === undefined) wrong.push(`the result of ${job.id} is left`)
    wrong.push(...(await leftObjects(world, job)), ...(await lostLogs(world, job, steps)))
  }
  if (wrong.length > 0) throw new Error(`not quiet:\n${wrong.join('\n')}`)
}

async function look(world: World, job: Job): Promise<Seen> {
  return { job, transfer: await world.transferOf(job), result: await world.store.result(job.id) }
}

async function strayObjects(world: World, jobs: readonly Job[]): Promise<string[]> {
  const wrong: string[] = []
  const busy = new Set<string>()
  for (const ref of await world.backend.list()) {
    const attempt = jobs.find(({ id }) => id === ref.jobId)?.attempts.find(({ number }) => number === ref.attempt)
    if (attempt === undefined || attempt.removed) wrong.push(`nobody knows of ${attemptName(ref)} on the backend`)
    if (busy.has(ref.jobId)) wrong.push(`two attempts of ${ref.jobId} exist`)
    busy.add(ref.jobId)
  }
  return wrong
}

function brokenLimits(jobs: readonly Job[], { concurrentJobs, jobsPerAgreement }: Bounds): string[] {
  const wrong: string[] = []
  const holding = jobs.filter((job) => job.assetId === assetId && holdsSlot(job)).length
  if (holding > concurrentJobs) wrong.push(`${holding} jobs hold one of ${concurrentJobs} slots`)
  const perAgreement = new Map<string, number>()
  for (const job of jobs) {
    const agreement = 'terms' in job && job.origin.retryOf === undefined ? job.terms?.agreementId : undefined
    if (agreement !== undefined) perAgreement.set(agreement, (perAgreement.get(agreement) ?? 0) + 1)
  }
  for (const [agreement, count] of perAgreement)
    if (count > jobsPerAgreement) wrong.push(`${agreement} has ${count} of ${jobsPerAgreement} jobs`)
  return wrong
}

/** What was sent and launched since the last look, against what the store said then. */
function sentAfterTheEnd(
  world: World,
  seen: ReadonlyMap<string, Seen>,
  heard: { messages: number; made: number },
): string[] {
  const wrong: string[] = []
  for (const { processId, kind } of world.connector.messages.slice(heard.messages)) {
    const before = [...seen.values()].find(({ transfer }) => transfer?.processId === processId)
    if (kind === 'provisioned' && before?.transfer?.state === 'ended')
      wrong.push(`${processId} was told of a result after its end`)
  }
  for (const ref of world.backend.made.slice(heard.made)) {
    const before = seen.get(ref.jobId)
    if (before !== undefined && isFinal(before.job)) wrong.push(`${attemptName(ref)} was launched after the job's end`)
  }
  heard.messages = world.connector.messages.length
  heard.made = world.backend.made.length
  return wrong
}

function wentBack(before: Seen | undefined, now: Seen): string[] {
  if (before === undefined) return []
  const wrong: string[] = []
  const { id } = now.job
  const [was, is] = [before.job, now.job]
  if (is.attempt < was.attempt || (is.attempt === was.attempt && jobOrder[is.state] < jobOrder[was.state]))
    wrong.push(`${id} went back from ${was.state} of ${was.attempt} to ${is.state} of ${is.attempt}`)
  if (isFinal(was) && is.state !== was.state) wrong.push(`${id} was ${was.state} and became ${is.state}`)
  const [hadTransfer, hasTransfer] = [before.transfer?.state ?? 'requested', now.transfer?.state ?? 'requested']
  if (transferOrder[hasTransfer] < transferOrder[hadTransfer])
    wrong.push(`the transfer of ${id} went back from ${hadTransfer} to ${hasTransfer}`)
  const registered = before.result
  if (registered !== undefined && now.result?.attempt !== registered.attempt)
    wrong.push(`the result of ${id} changed its attempt`)
  if (registered !== undefined && !isDeepStrictEqual(now.result?.manifest, registered.manifest))
    wrong.push(`the result of ${id} changed`)
  return wrong
}

function wrongNotices(world: World, seen: readonly Seen[]): string[] {
  const wrong: string[] = []
  const refused = world.log.some(
    ({ message }) => message === 'callback refused' || message === 'a result cannot be delivered',
  )
  for (const { id, provisionedTimes, terminatedFor } of world.connector.processes.values()) {
    const own = seen.filter(({ transfer }) => transfer?.processId === id)
    if (provisionedTimes > 0 && !own.some(({ job, result }) => result !== undefined || isReported(world, job)))
      wrong.push(`${id} was told of a result that is not registered`)
    if (terminatedFor.length > 0 && !own.some(({ job }) => isEndOfOurs(job)) && !refused)
      wrong.push(`${id} was terminated, but no job of it was ended by us`)
    const repetitionCancelled = own.some(
      ({ job }) => job.state === 'cancelled' && job.by === 'operator' && job.origin.retryOf !== undefined,
    )
    if (provisionedTimes > 1 || terminatedFor.length > 1) wrong.push(`${id} learned of one end twice`)
    else if (provisionedTimes + terminatedFor.length > 1 && !repetitionCancelled)
      wrong.push(`${id} learned of more than one end`)
  }
  return wrong
}

/** Whether a job failed and its asset has failures reported at the address where the result would be. */
function isReported({ reporting }: World, job: Job): boolean {
  if (job.state !== 'failed') return false
  return job.terms === undefined ? reporting.size > 0 : reporting.has(job.terms.assetVersion)
}

/** Whether the connector is to learn of a job's end from us. */
function isEndOfOurs(job: Job): boolean {
  return job.state === 'failed' || (job.state === 'cancelled' && job.by === 'operator')
}

async function brokenResult(world: World, manifest: ResultManifest, job: Job): Promise<string[]> {
  const ref = { jobId: job.id, attempt: job.attempt }
  const wrong: string[] = []
  if (manifest.attempt !== ref.attempt) wrong.push(`the result of ${job.id} is of attempt ${manifest.attempt}`)
  if ((await world.objects.head(manifestKey(ref))) === undefined) wrong.push(`${job.id} has a result but no manifest`)
  for (const file of manifest.files) {
    const text = await readObject(world.objects, filesPrefix(ref) + file.path)
    if (text === undefined || sha256(text) !== file.sha256)
      wrong.push(`${file.path} of ${job.id} is not what was stored`)
  }
  return wrong
}

function leftInOutbox(world: World): string[] {
  const database = new DatabaseSync(world.databasePath, { readOnly: true })
  try {
    return database
      .prepare('SELECT id FROM callbacks')
      .all()
      .map((row) => String(row['id']))
  } finally {
    database.close()
  }
}

async function leftObjects(world: World, job: Job): Promise<string[]> {
  const left: string[] = []
  for (const { number } of job.attempts) {
    const ref = { jobId: job.id, attempt: number }
    for await (const { key } of world.objects.list(filesPrefix(ref))) left.push(`${key} is left`)
    if ((await world.objects.head(manifestKey(ref))) !== undefined) left.push(`${manifestKey(ref)} is left`)
  }
  return left
}

async function lostLogs(world: World, job: Job, steps: Steps): Promise<string[]> {
  const lost: string[] = []
  for (const { number, logsKept, workerStartedAt } of job.attempts) {
    const ref = { jobId: job.id, attempt: number }
    // Side by side, a worker may start in the moment in which its job is cancelled, and nobody ever saw it run.
    if (steps === 'side by side' && workerStartedAt === undefined) continue
    if (!world.backend.ran.has(attemptName(ref)) || world.backend.lost.has(attemptName(ref))) continue
    if (world.log.some(({ message, fields }) => message === 'a log was given up' && fields['jobId'] === job.id))
      continue
    if (!logsKept || (await world.objects.head(logKey(ref, 'worker'))) === undefined)
      lost.push(`the log of ${attemptName(ref)} is not kept`)
  }
  return lost
}
