import type { V1Job } from '@kubernetes/client-node'
import type { Allowance, Difference } from './differences.ts'
import { differences } from './differences.ts'
import { any, foreignKey, harmlessAnnotation, only, podAllowance } from './pod-allowance.ts'

const pod = podAllowance('spec.template.spec')

/** What may differ in a Job: what API servers fill in, and what changes neither what runs nor what holds for it. */
const allowance: Allowance = {
  ...pod,
  added: new Map([
    ...pod.added,
    // The API server's own bookkeeping; an owner would decide when the Job goes.
    ['metadata.*', any],
    ['metadata.ownerReferences', only()],
    ['metadata.labels.*', foreignKey],
    ['metadata.annotations.*', foreignKey],
    ['status', any],
    ['spec.completionMode', only('NonIndexed')],
    ['spec.manualSelector', only(false)],
    ['spec.selector', any], // the API server's, unless manualSelector says otherwise
    ['spec.managedBy', only('kubernetes.io/job-controller')],
    ['spec.template.metadata.labels.*', foreignKey],
    ['spec.template.metadata.annotations.*', harmlessAnnotation],
  ]),
}

/** After its release, whether it goes at once is the cluster's to say, such as where a queue lets Jobs go. */
const released: Allowance = { ...allowance, instead: new Map([...allowance.instead, ['spec.suspend', any]]) }

/**
 * Compares the Job that the API server keeps with the one that was rendered. On the way, webhooks and policies of the cluster may have
 * changed it; what they may is where it runs, and labels and annotations that nothing of ours goes by.
 * @param kept the Job as the API server answered it
 * @returns what differs and may not; nothing where what would run is what was meant to
 */
export function keptJobDifferences(rendered: V1Job, kept: unknown): readonly Difference[] {
  return differences(JSON.parse(JSON.stringify(rendered)), kept, allowance)
}

/** The same of a Job that was released. */
export function releasedJobDifferences(rendered: V1Job, kept: unknown): readonly Difference[] {
  return differences(JSON.parse(JSON.stringify(rendered)), kept, released)
}
