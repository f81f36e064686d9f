import type { V1ObjectMeta, V1OwnerReference } from '@kubernetes/client-node'
import { attemptName } from '../../core/job/names.ts'
import type { Plan } from '../../core/job/plan.ts'
import { attemptLabels } from '../labels.ts'

/** The Job that owns an attempt's other objects: they go when it goes. */
export interface Owner {
  readonly name: string
  readonly uid: string
}

/** Name, labels and owner of an object of an attempt. All objects of an attempt have the same name. */
export function attemptMetadata(plan: Plan, namespace: string, owner?: Owner): V1ObjectMeta {
  return {
    name: attemptName(plan.ref),
    namespace,
    labels: attemptLabels(plan),
    annotations: { 'dataspace-compute/asset-version': plan.assetVersion },
    ...(owner === undefined ? {} : { ownerReferences: [ownerReference(owner)] }),
  }
}

function ownerReference({ name, uid }: Owner): V1OwnerReference {
  return { apiVersion: 'batch/v1', kind: 'Job', name, uid, controller: false, blockOwnerDeletion: false }
}
