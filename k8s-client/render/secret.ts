import type { V1Secret } from '@kubernetes/client-node'
import type { Plan } from '../../core/job/plan.ts'
import type { SidecarTask } from '../../core/job/sidecar-task.ts'
import type { StoreAccess } from '../../core/ports/object-store.ts'
import type { RenderOptions } from '../options.ts'
import { taskFile } from './paths.ts'
import { attemptMetadata, type Owner } from './metadata.ts'

/** What the sidecar of an attempt has to do, with the credentials to do it. */
export function sidecarTask(plan: Plan, store: StoreAccess, allowedHosts: readonly string[]): SidecarTask {
  const [{ inputs, outputs, limits }] = plan.steps
  return { version: 1, ref: plan.ref, store, inputs, allowedHosts, outputs, outputBytes: limits.outputBytes }
}

/** The Secret of an attempt: the sidecar's task, which holds credentials for this attempt's part of the object store. */
export function renderSecret(
  plan: Plan,
  task: SidecarTask,
  { namespace }: Pick<RenderOptions, 'namespace'>,
  owner?: Owner,
): V1Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: attemptMetadata(plan, namespace, owner),
    type: 'Opaque',
    immutable: true,
    stringData: { [taskFile]: JSON.stringify(task) },
  }
}
