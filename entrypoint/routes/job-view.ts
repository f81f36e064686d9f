import { hintFor, causes, type Failure } from '../../core/job/causes.ts'
import type { Attempt, Job, Result } from '../../core/job/job.ts'
import type { Answer } from '../http/answer.ts'
import type { attemptSchema, failureSchema, jobResultSchema, jobSchema } from './job-schemas.ts'

/** A job as the admin API shows it: times in ISO 8601, a failure with its title and hint. */
export function jobView(job: Job, result?: Result): Answer<typeof jobSchema> {
  const terms = 'terms' in job ? job.terms : undefined
  return {
    id: job.id,
    state: job.state,
    assetId: job.assetId,
    assetVersion: terms?.assetVersion ?? null,
    origin: job.origin,
    agreementId: terms?.agreementId ?? null,
    consumerId: terms?.consumerId ?? null,
    parameters: terms?.parameters ?? null,
    attempt: job.attempt,
    attempts: job.attempts.map(attemptView),
    createdAt: time(job.createdAt),
    since: time(job.since),
    ...(job.retriedAs === undefined ? {} : { retriedAs: job.retriedAs }),
    ...(job.state === 'failed' ? { failure: failureView(job.failure) } : {}),
    ...(job.state === 'cancelled' ? { cancelled: { by: job.by, reason: job.reason } } : {}),
    ...(result === undefined ? {} : { result: resultView(result) }),
  }
}

function attemptView(attempt: Attempt): Answer<typeof attemptSchema> {
  return {
    number: attempt.number,
    startedAt: time(attempt.startedAt),
    workerStartedAt: attempt.workerStartedAt === undefined ? null : time(attempt.workerStartedAt),
    objectsRemoved: attempt.removed,
    ...(attempt.failure === undefined ? {} : { failure: failureView(attempt.failure) }),
  }
}

function failureView(failure: Failure): Answer<typeof failureSchema> {
  const { final: _, ...told } = failure // whether a new attempt would end alike is the engine's to know
  return { ...told, title: causes[failure.cause].title, hint: hintFor(failure) }
}

function resultView({ attempt, manifest, registeredAt, expiresAt, removedAt }: Result): Answer<typeof jobResultSchema> {
  return {
    attempt,
    files: manifest.files,
    totalBytes: manifest.totalBytes,
    registeredAt: time(registeredAt),
    expiresAt: expiresAt === undefined ? null : time(expiresAt),
    removedAt: removedAt === undefined ? null : time(removedAt),
  }
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
