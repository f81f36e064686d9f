import type { V1Secret } from '@kubernetes/client-node'
import type { Plan } from '../../core/job/plan.ts'
import type { SidecarTask } from '../../core/job/sidecar-task.ts'
import type { RenderOptions } from '../options.ts'
import { taskFile } from './paths.ts'
import { attemptMetadata, type Owner } from './metadata.ts'

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
