import { ServiceError } from '../../core/errors.ts'
import type { Job } from '../../core/job/job.ts'
import { type AttemptRef, logKey } from '../../core/job/names.ts'
import type { Backend, Container } from '../../core/ports/backend.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { Store } from '../../core/ports/store.ts'
import { logStartKey, maximumLogBytes } from '../engine/keep-logs.ts'

/** Where logs lie: with the backend while an attempt has objects, then in the object store. */
export interface LogParts {
  readonly store: Pick<Store, 'job'>
  readonly objects: Pick<ObjectStore, 'head' | 'open'>
  readonly backend: Pick<Backend, 'log'>
}

/** What is asked for. */
export interface LogQuery {
  readonly container: Container
  /** The newest where it is absent. */
  readonly attempt?: number | undefined
  /** Bytes of the log that the reader has already. */
  readonly offset: number
}

/** A part of a log, to its present end. */
export interface LogAnswer {
  readonly attempt: number
  /** Bytes of the log before the body. Equals the offset asked for, but where that part of the log is not there (any more). */
  readonly start: number
  readonly body: Uint8Array | AsyncIterable<Uint8Array>
}

/**
 * Reads a job's log from an offset on. Offsets count from the log's first byte, also where only its end was kept.
 * @throws ServiceError `log-unknown`, `backend-unreachable`
 */
export async function readJobLog(parts: LogParts, job: Job, query: LogQuery): Promise<LogAnswer> {
  const { container } = query
  const attempt = query.attempt ?? job.attempts.at(-1)?.number ?? job.attempt
  const ref = { jobId: job.id, attempt }
  const found = areKept(job, attempt)
    ? await keptLog(parts, ref, query)
    : ((await backendLog(parts, ref, query)) ?? (await keptMeanwhile(parts, ref, query)))
  if (found === undefined)
    throw new ServiceError('log-unknown', `There is no log of ${container} of attempt ${attempt}.`)
  return { attempt, start: found.start, body: 'bytes' in found ? found.bytes : found.body }
}

async function backendLog({ backend }: LogParts, ref: AttemptRef, { container, offset }: LogQuery) {
  try {
    return await backend.log(ref, container, maximumLogBytes, offset)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new ServiceError('backend-unreachable', `The log cannot be read: ${why}`, { cause: error })
  }
}

function areKept(job: Job, attempt: number): boolean {
  return job.attempts.find(({ number }) => number === attempt)?.logsKept === true
}

/** Between our look at the job and at the backend, the log may have been kept and the objects removed. */
async function keptMeanwhile(
  parts: LogParts,
  ref: AttemptRef,
  query: LogQuery,
): Promise<Omit<LogAnswer, 'attempt'> | undefined> {
  const now = await parts.store.job(ref.jobId)
  return now !== undefined && areKept(now.value, ref.attempt) ? keptLog(parts, ref, query) : undefined
}

async function keptLog(
  { objects }: LogParts,
  ref: AttemptRef,
  { container, offset }: LogQuery,
): Promise<Omit<LogAnswer, 'attempt'> | undefined> {
  const key = logKey(ref, container)
  const object = await objects.head(key)
  if (object === undefined) return undefined
  const start = await keptFrom(objects, logStartKey(ref, container))
  const end = start + object.size
  const from = offset < start || offset > end ? start : offset
  if (from === end) return { start: from, body: new Uint8Array() }
  const body = await objects.open(key, { start: from - start, end: object.size - 1 })
  return body === undefined ? undefined : { start: from, body }
}

async function keptFrom(objects: LogParts['objects'], key: string): Promise<number> {
  const body = await objects.open(key)
  return body === undefined ? 0 : Number(Buffer.concat(await Array.fromAsync(body)).toString('utf8'))
}
