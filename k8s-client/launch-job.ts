import type { V1Job } from '@kubernetes/client-node'
import { attemptName } from '../core/job/names.ts'
import type { Plan } from '../core/job/plan.ts'
import { LaunchRefused } from '../core/ports/backend.ts'
import { hasStatus, isNotFound } from './api/api-error.ts'
import { altered } from './kept/altered.ts'
import type { Difference } from './kept/differences.ts'
import { keptJobDifferences, releasedJobDifferences } from './kept/kept-job.ts'
import { belongsTo } from './labels.ts'
import type { LaunchParts } from './launch-parts.ts'
import { type JobObject, readJob } from './observe/objects.ts'
import { foreign, isDefinite, judgeCreateError, refused } from './refusal.ts'

/** The attempt's Job, and whether this very launch made it. */
export interface ProvidedJob {
  readonly job: JobObject
  /** The Job as the API server answered it. */
  readonly kept: unknown
  readonly fresh: boolean
}

/**
 * Finds the attempt's Job, or makes it. One that is still suspended is as it was rendered.
 * @throws LaunchRefused where the cluster made something else of it, would never run it, or has another Job of that name
 */
export async function provideJob(parts: LaunchParts, plan: Plan, rendered: V1Job): Promise<ProvidedJob> {
  const existing = await existingJob(parts, plan)
  if (existing !== undefined && (await mayGoOn(parts, rendered, existing))) return existing
  let answer
  try {
    answer = await parts.api.create('jobs', rendered)
  } catch (error) {
    if (hasStatus(error, 409)) throw new Error('another launch of the same attempt is under way', { cause: error })
    // An unclear answer may hide that it was done.
    const made = isDefinite(error) ? undefined : await existingJob(parts, plan)
    if (made !== undefined && (await mayGoOn(parts, rendered, made))) return made
    throw missingNamespace(error, parts.api.namespace) ?? judgeCreateError(error, 'Job')
  }
  const job = readJob(answer.body)
  await refuseAltered(parts, job, keptJobDifferences(rendered, answer.body))
  await heed(parts, plan, job, answer.warnings)
  return { job, kept: answer.body, fresh: true }
}

/** The attempt's Job as it is in the cluster. @throws LaunchRefused where the Job of that name is not ours */
export async function existingJob({ api }: LaunchParts, { ref }: Plan): Promise<ProvidedJob | undefined> {
  const kept = await api.get('jobs', attemptName(ref))
  if (kept === undefined) return undefined
  const job = readJob(kept)
  if (!belongsTo(job.metadata.labels, ref)) throw foreign('Job', ref)
  return { job, kept, fresh: false }
}

/**
 * Whether a Job that was there already is to be gone on with. It may have been rendered by other settings, or another release: where it
 * differs and nothing of it ran, it goes, so that it is made anew and shows what the cluster makes of that.
 */
async function mayGoOn(
  { api, options, logger }: LaunchParts,
  rendered: V1Job,
  { job, kept }: ProvidedJob,
): Promise<boolean> {
  const { name, uid, deletionTimestamp } = job.metadata
  if (deletionTimestamp !== undefined) throw new Error(`the Job ${name} is being deleted`)
  if (job.spec.suspend !== true) return true
  const found = keptJobDifferences(rendered, kept)
  if (found.length === 0 || options.clusterChanges === 'warn') return true
  const { message: reason } = altered('Job', found, api.namespace)
  logger.warn('a Job that was left from before is not as it would be made now: it is made anew', { name, reason })
  await api.delete('secrets', name, 'Background')
  await api.delete('jobs', name, 'Background', uid) // at once, for it has no pod
  return false
}

/** Nothing runs of a Job that the cluster changed, unless the operator wants to be warned only. */
async function refuseAltered(
  { api, options, logger }: LaunchParts,
  job: JobObject,
  found: readonly Difference[],
): Promise<void> {
  if (found.length === 0) return
  if (options.clusterChanges === 'warn') {
    logger.warn('the cluster changed a Job', {
      name: job.metadata.name,
      reason: altered('Job', found, api.namespace).message,
    })
    return
  }
  await api.delete('jobs', job.metadata.name, 'Foreground', job.metadata.uid)
  throw new LaunchRefused(altered('Job', found, api.namespace))
}

/**
 * Lets the Job go: only this one, and only with what was compared. What the API server answers is compared as well, because a release
 * is a change that others may change in turn.
 */
export async function releaseJob(
  parts: LaunchParts,
  plan: Plan,
  rendered: V1Job,
  { job: { metadata } }: ProvidedJob,
): Promise<void> {
  const { name, uid, generation } = metadata
  // Counted up at each change of the spec. (A test of the spec itself compares its bytes, and Go writes `>` as `\u003e`.)
  const unchanged = { op: 'test', path: '/metadata/generation', value: generation } as const
  const answer = await parts.api
    .patch('jobs', name, [
      { op: 'test', path: '/metadata/uid', value: uid },
      ...(generation === undefined || generation === null ? [] : [unchanged]),
      { op: 'replace', path: '/spec/suspend', value: false },
    ])
    .catch((error: unknown) => {
      if (!hasStatus(error, 422)) throw error
      const why = error instanceof Error ? error.message : String(error)
      throw new Error(`the Job ${name} is not released: it is another by now, or was changed: ${why}`, { cause: error })
    })
  const job = readJob(answer.body)
  await refuseAltered(parts, job, releasedJobDifferences(rendered, answer.body))
  await heed(parts, plan, job, answer.warnings)
}

/** A Job that violates the namespace's Pod Security standard is taken with a warning and then never gets a pod. */
async function heed(
  { api, logger }: LaunchParts,
  plan: Plan,
  job: JobObject,
  warnings: readonly string[],
): Promise<void> {
  const violation = warnings.find((text) => text.includes('violate PodSecurity'))
  if (violation !== undefined) {
    await api.delete('jobs', job.metadata.name, 'Foreground', job.metadata.uid)
    throw refused('backend-error', `The namespace ${api.namespace} would never let the pod run: ${violation}`)
  }
  if (warnings.length > 0) logger.warn('Kubernetes warns of the Job', { ...plan.ref, warnings })
}

function missingNamespace(error: unknown, namespace: string): Error | undefined {
  if (!isNotFound(error)) return undefined
  return new Error(
    `there is no namespace ${namespace}: create it with k8s/role.yaml, or set DSC_KUBERNETES_NAMESPACE`,
    {
      cause: error,
    },
  )
}
