import { accessRequest } from '../core/job/access.ts'
import { crash } from '../core/crash-point.ts'
import type { Plan } from '../core/job/plan.ts'
import { sidecarTask } from '../core/job/sidecar-task.ts'
import type { StoreAccess } from '../core/ports/object-store.ts'
import { pauseAskedBy } from '../core/retry-after.ts'
import { hasStatus } from './api/api-error.ts'
import type { Resource } from './api/namespace-api.ts'
import { belongsTo } from './labels.ts'
import { existingJob, provideJob, releaseJob } from './launch-job.ts'
import type { LaunchParts } from './launch-parts.ts'
import { readMetadata } from './observe/objects.ts'
import { defaultUploadTimeoutMs } from './options.ts'
import { foreign, isDefinite, judgeCreateError } from './refusal.ts'
import { renderConfigMap } from './render/config-map.ts'
import { renderJob } from './render/job.ts'
import type { Owner } from './render/metadata.ts'
import { renderSecret } from './render/secret.ts'

/**
 * Brings an attempt's objects into being in four writes: Job (suspended), ConfigMap, Secret, and the Job's release. Whatever a
 * crash left behind is taken up where it stopped: before each write it is known whether it was done already. It asks for the Job
 * before it posts it, because a post of a name that exists is charged to the namespace's quota all the same, and where the quota
 * is full it is answered like any other. A Job that the cluster keeps otherwise than it was rendered is not released.
 */
export async function launch(parts: LaunchParts, plan: Plan): Promise<void> {
  const rendered = renderJob(plan, parts.options)
  const provided = await provideJob(parts, plan, rendered)
  const { job, fresh } = provided
  if (job.spec.suspend !== true) return
  const owner: Owner = { name: job.metadata.name, uid: job.metadata.uid }
  crash('job-made')
  await createConfigMap(parts, plan, owner)
  crash('config-map-made')
  await createSecret(parts, plan, owner, fresh)
  crash('secret-made')
  await releaseJob(parts, plan, rendered, provided)
  crash('job-released')
}

async function createConfigMap(parts: LaunchParts, plan: Plan, owner: Owner): Promise<void> {
  const { api, options } = parts
  await createOwned(parts, 'configmaps', 'ConfigMap', renderConfigMap(plan, options, owner), async () => {
    const there = await api.get('configmaps', owner.name)
    if (there === undefined) return 'again'
    const metadata = readMetadata(there)
    if (!belongsTo(metadata.labels, plan.ref)) throw foreign('ConfigMap', plan.ref)
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
    if (fresh) throw foreign('Secret', plan.ref)
    const job = (await existingJob(parts, plan))?.job
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

/** Credentials for what this attempt reads and writes, for as long as it may last. */
function access({ objectStore, options }: LaunchParts, plan: Plan): Promise<StoreAccess> {
  return objectStore.access(accessRequest(plan, options.uploadTimeoutMs ?? defaultUploadTimeoutMs))
}
