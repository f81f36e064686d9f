import type { V1ConfigMap } from '@kubernetes/client-node'
import type { Plan } from '../../core/job/plan.ts'
import type { RenderOptions } from '../options.ts'
import { attemptMetadata, type Owner } from './metadata.ts'

/** The ConfigMap of an attempt: the worker's environment, made of the asset's dotenv file, its `env` and the consumer's parameters. */
export function renderConfigMap(
  plan: Plan,
  { namespace }: Pick<RenderOptions, 'namespace'>,
  owner?: Owner,
): V1ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: attemptMetadata(plan, namespace, owner),
    immutable: true,
    data: { ...plan.steps[0].environment },
  }
}
