import { accessRequest } from '../core/job/access.ts'
import { crash } from '../core/crash-point.ts'
import { attemptName } from '../core/job/names.ts'
import type { Plan } from '../core/job/plan.ts'
import { sidecarTask } from '../core/job/sidecar-task.ts'
import type { ObjectStore, StoreAccess } from '../core/ports/object-store.ts'
import type { Logger } from '../core/ports/logger.ts'
import { pauseAskedBy } from '../core/retry-after.ts'
import { ApiError, hasStatus, isNotFound } from './api/api-error.ts'
import type { NamespaceApi, Resource } from './api/namespace-api.ts'
import { belongsTo } from './labels.ts'
import { type JobObject, readJob, readMetadata } from './observe/objects.ts'
import { defaultUploadTimeoutMs, type KubernetesOptions } from './options.ts'
import { judgeCreateError, refused } from './refusal.ts'
import { renderConfigMap } from './render/config-map.ts'
import { renderJob } from './render/job.ts'
import type { Owner } from './render/metadata.ts'
import { renderSecret } from './render/secret.ts'

/** What launching needs. */
export interface LaunchParts {
  readonly api: NamespaceApi
  readonly options: KubernetesOptions
  readonly objectStore: Pick<ObjectStore, 'access'>
  readonly logger: Logger
}

/**
 * Brings an attempt's objects into being in four writes: Job (suspended), ConfigMap, Secret, and the Job's release. Whatever a
 * crash left behind is taken up where it stopped: before each write it is known whether it was done already. It asks for the Job
 * before it posts it, because a post of a name that exists is charged to the namespace's quota all the same, and where the quota
 * is full it is answered like any other.
 */
export async function launch(parts: LaunchParts, plan: Plan): Promise<void> {
  const { job, fresh } = await provideJob(parts, plan)
  if (job.metadata.deletionTimestamp !== undefined) throw new Error(`the Job ${job.metadata.name} is being deleted`)
  if (job.spec.suspend !== true) return
  const owner: Owner = { name: job.metadata.name, uid: job.metadata.uid }
  crash('job-made')
  await createConfigMap(parts, plan, owner)
  crash('config-map-made')
  await createSecret(parts, plan, owner, fresh)
  crash('secret-made')
  await release(parts, plan, owner)
  crash('job-released')
}

/** The attempt's Job, and whether this very launch made it. */
interface ProvidedJob {
  readonly job: JobObject
  readonly fresh: boolean
}

async function provideJob(parts: LaunchParts, plan: Plan): Promise<ProvidedJob> {
  const existing = await existingJob(parts, plan)
  if (existing !== undefined) return { job: existing, fresh: false }
  let answer
  try {
    answer = await parts.api.create('jobs', renderJob(plan, parts.options))
  } catch (error) {
    if (hasStatus(error, 409)) throw new Error('another launch of the same attempt is under way', { cause: error })
    // An unclear answer may hide that it was done.
    const made = isDefinite(error) ? undefined : await existingJob(parts, plan)
    if (made !== undefined) return { job: made, fresh: false }
    throw missingNamespace(error, parts.api.namespace) ?? judgeCreateError(error, 'Job')
  }
  const job = ourJob(answer.body, plan)
  await heed(parts, plan, job, answer.warnings)
  return { job, fresh: true }
}

async function existingJob({ api }: LaunchParts, plan: Plan): Promise<JobObject | undefined> {
  const object = await api.get('jobs', attemptName(plan.ref))
  return object === undefined ? undefined : ourJob(object, plan)
}

function ourJob(object: unknown, plan: Plan): JobObject {
  const job = readJob(object)
  if (!belongsTo(job.metadata.labels, plan.ref)) throw foreign('Job', plan)
  return job
}

async function createConfigMap(parts: LaunchParts, plan: Plan, owner: Owner): Promise<void> {
  const { api, options } = parts
  await createOwned(parts, 'configmaps', 'ConfigMap', renderConfigMap(plan, options, owner), async () => {
    const there = await api.get('configmaps', owner.name)
    if (there === undefined) return 'again'
    const metadata = readMetadata(there)
    if (!belongsTo(metadata.labels, plan.ref)) throw foreign('ConfigMap', plan)
    if (metadata.ownerReferences?.some(({ uid }) => uid === owner.uid)) return 'done'
    await api.delete('configmaps', owner.name, 'Background', metadata.uid) // of a Job that is gone
    return 'again'
  })
}

async function createSecret(parts: LaunchParts, plan: Plan, owner: Owner, fresh: boolean): Promise<void> {
  const { api, options } = parts
  const store = await access(parts, plan)
  crash('credentials-made')
  const secret = renderSecret(plan, sidecarTask(plan, store, options.allowedInputHosts), options, owner)
  let none = fresh
  await createOwned(parts, 'secrets', 'Secret', secret, async (unclear) => {
    // We may not read Secrets. A Job that this very launch made cannot have one yet; of an earlier launch, the credentials may have
    // run out meanwhile. While the Job is suspended, nothing has started with them.
    if (none && unclear) return 'done' // where there was none, only our own post can have made one
    if (fresh) throw foreign('Secret', plan)
    const job = await existingJob(parts, plan)
    if (job?.metadata.uid !== owner.uid || job.spec.suspend !== true) return 'done'
    await api.delete('secrets', owner.name, 'Background')
    none = true
    return 'again'
  })
}

/** How often an object is posted in one launch. */
const mostPosts = 4

/**
 * Creates an object. Where the answer leaves open whether that was done, it is posted once more, and its name tells. Where its name is
 * taken, asks what to make of that.
 * @param whenTaken is told whether an earlier post may have made it
 */
async function createOwned(
  { api }: LaunchParts,
  resource: Resource,
  what: string,
  object: unknown,
  whenTaken: (unclear: boolean) => Promise<'done' | 'again'>,
): Promise<void> {
  let unclear = false
  for (let posts = 1; ; posts += 1) {
    try {
      await api.create(resource, object)
      return
    } catch (error) {
      const taken = hasStatus(error, 409)
      if (posts >= mostPosts || pauseAskedBy(error) > 0 || (!taken && isDefinite(error)))
        throw judgeCreateError(error, what)
      if (!taken) unclear = true
      else if ((await whenTaken(unclear)) === 'done') return
      else unclear = false
    }
  }
}

/** Lets the Job go, and only this one. */
async function release(parts: LaunchParts, plan: Plan, owner: Owner): Promise<void> {
  const answer = await parts.api.patch('jobs', owner.name, [
    { op: 'test', path: '/metadata/uid', value: owner.uid },
    { op: 'replace', path: '/spec/suspend', value: false },
  ])
  await heed(parts, plan, readJob(answer.body), answer.warnings)
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

/** Credentials for what this attempt reads and writes, for as long as it may last. */
function access({ objectStore, options }: LaunchParts, plan: Plan): Promise<StoreAccess> {
  return objectStore.access(accessRequest(plan, options.uploadTimeoutMs ?? defaultUploadTimeoutMs))
}

function foreign(what: string, plan: Plan): Error {
  return refused(
    'backend-error',
    `There is a ${what} named ${attemptName(plan.ref)} that is not ours; it is left alone. Remove it, or give jobs a namespace of their own.`,
  )
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

/** Whether an answer leaves no doubt that nothing was created. */
function isDefinite(error: unknown): boolean {
  return error instanceof ApiError && error.status < 500
}
