import { z } from 'zod'
import { CliError } from '../cli-error.ts'
import type { AdminApi } from './admin-api.ts'
import { queryText } from './query-text.ts'

const failureSchema = z.looseObject({
  cause: z.string(),
  message: z.string(),
  title: z.string(),
  hint: z.string(),
  exitCode: z.number().optional(),
  lastLogLines: z.array(z.string()).optional(),
})

const attemptSchema = z.looseObject({
  number: z.number(),
  startedAt: z.string(),
  workerStartedAt: z.string().nullable(),
  objectsRemoved: z.boolean(),
  failure: failureSchema.optional(),
})

const resultSchema = z.looseObject({
  attempt: z.number(),
  files: z.array(z.looseObject({ path: z.string(), size: z.number(), sha256: z.string() })),
  totalBytes: z.number(),
  registeredAt: z.string(),
  expiresAt: z.string().nullable(),
  removedAt: z.string().nullable(),
})

/** What the backend says of the attempt under way. */
const observationSchema = z.looseObject({
  at: z.string(),
  phase: z.string(),
  waiting: z
    .looseObject({
      since: z.string(),
      trouble: z
        .looseObject({
          cause: z.string(),
          title: z.string(),
          message: z.string(),
          hint: z.string(),
          final: z.boolean(),
        })
        .optional(),
    })
    .optional(),
})

/** A job as the admin API shows it; times in ISO 8601. Fields not named here are kept as they are. */
const jobSchema = z.looseObject({
  id: z.string(),
  state: z.enum(['accepted', 'queued', 'starting', 'running', 'storing', 'succeeded', 'failed', 'cancelled']),
  assetId: z.string(),
  assetVersion: z.string().nullable(),
  origin: z.looseObject({
    kind: z.string(),
    transferId: z.string().optional(),
    connectorId: z.string().optional(),
    retryOf: z.string().optional(),
  }),
  agreementId: z.string().nullable(),
  consumerId: z.string().nullable(),
  parameters: z.record(z.string(), z.string()).nullable(),
  attempt: z.number(),
  attempts: z.array(attemptSchema),
  createdAt: z.string(),
  since: z.string(),
  retriedAs: z.string().optional(),
  failure: failureSchema.optional(),
  cancelled: z.looseObject({ by: z.string(), reason: z.string() }).optional(),
  observed: observationSchema.optional(),
  notObserved: z.string().optional(),
  result: resultSchema.optional(),
})

/** A job. */
export type ShownJob = z.output<typeof jobSchema>
/** Why a job or an attempt failed. */
export type ShownFailure = z.output<typeof failureSchema>
/** Where a job stands. */
export type ShownState = ShownJob['state']

const pageSchema = z.looseObject({ jobs: z.array(jobSchema), next: z.string().nullable() })

/** Which jobs are wanted. */
export interface JobQuery {
  readonly asset?: string | undefined
  readonly state?: string | undefined
  /** Jobs older than this one. */
  readonly before?: string | undefined
  /** 1 to 500. */
  readonly limit: number
}

/** A page of jobs, newest first; `next` is the `before` of the page after it. */
export function listJobs(api: AdminApi, query: JobQuery): Promise<z.output<typeof pageSchema>> {
  return api.json(`/api/v1/jobs?${queryText({ ...query })}`, pageSchema)
}

/**
 * One job.
 * @param observe whether the service asks the backend about an attempt under way, too
 */
export function job(api: AdminApi, id: string, observe = true): Promise<ShownJob> {
  return api.json(`${jobPath(id)}${observe ? '' : '?observe=false'}`, jobSchema)
}

/** A part of a log, to its present end. */
export interface LogPart {
  /** The attempt whose log it is. */
  readonly attempt: number
  /** Bytes of the log before it: the offset asked for, but where what stood there is not to be had. */
  readonly start: number
  readonly bytes: Uint8Array
}

/**
 * The log of one container so far, from an offset on, at most its last MiB.
 * @throws CliError with the code `log-unknown` where there is none
 */
export async function jobLog(
  api: AdminApi,
  id: string,
  which: { readonly container: string; readonly attempt?: number | undefined; readonly offset?: number },
): Promise<LogPart> {
  const { bytes, headers } = await api.bytes(`${jobPath(id)}/logs?${queryText({ ...which })}`)
  return { bytes, attempt: Number(headers.get('x-log-attempt')), start: Number(headers.get('x-log-start')) }
}

/** The same where it is no error that there is no log (yet). */
export function jobLogIfAny(...parameters: Parameters<typeof jobLog>): Promise<LogPart | undefined> {
  return jobLog(...parameters).catch((error: unknown) => {
    if (error instanceof CliError && error.options.code === 'log-unknown') return undefined
    throw error
  })
}

/** Ends a job by an operator's word; its connector is told the reason. */
export function cancelJob(api: AdminApi, id: string, reason: string): Promise<ShownJob> {
  return api.json(`${jobPath(id)}/cancel`, jobSchema, { method: 'POST', json: { reason } })
}

/** Has a job run again; gives the new one. */
export function retryJob(api: AdminApi, id: string, version: 'same' | 'newest'): Promise<ShownJob> {
  return api.json(`${jobPath(id)}/retry`, jobSchema, { method: 'POST', json: { version } })
}

/** Removes the result of a job; gives the job as it is then. */
export function removeResult(api: AdminApi, id: string, reason: string): Promise<ShownJob> {
  return api.json(`${jobPath(id)}/result?${queryText({ reason })}`, jobSchema, {
    method: 'DELETE',
    timeoutMs: undefined,
  })
}

/** One file of a job's result, as it comes. */
export function jobFile(api: AdminApi, id: string, path: string): Promise<ReadableStream<Uint8Array>> {
  return api.stream(`${jobPath(id)}/files/${path.split('/').map(encodeURIComponent).join('/')}`)
}

/** Whether a job is over, whatever its end. */
export function isOver({ state }: { readonly state: ShownState }): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled'
}

function jobPath(id: string): string {
  return `/api/v1/jobs/${encodeURIComponent(id)}`
}
