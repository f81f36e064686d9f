import { z } from 'zod'
import { networkLabel, type Reach } from '../render/network.ts'
import type { Allowance, Difference } from './differences.ts'
import { differences } from './differences.ts'
import { any, foreignKey, harmlessAnnotation, only, podAllowance } from './pod-allowance.ts'

const pod = podAllowance('spec')
/** What a steered pod's label says on its way; neither opens more than a pod has at its start. */
const steered: readonly Reach[] = ['none', 'store']

/** What may differ between a Job's template and its pod: what a Job's template may differ in, and what a pod gets where it is made and run. */
const allowance: Allowance = {
  ...pod,
  added: new Map([
    ...pod.added,
    ['spec.nodeName', any],
    // An administrator's `kubectl debug`; none can be there from the start.
    ['spec.ephemeralContainers', any],
    ['metadata.labels.*', foreignKey],
    ['metadata.annotations.*', harmlessAnnotation],
  ]),
  instead: new Map([
    ...pod.instead,
    ['spec.activeDeadlineSeconds', only(1)], // it was stopped
    [`metadata.labels.${networkLabel}`, only(...steered)],
  ]),
}

const partSchema = z.object({
  metadata: z.object({ labels: z.unknown().optional(), annotations: z.unknown().optional() }).nullish(),
  spec: z.unknown().optional(),
})
const jobSchema = z.object({ spec: z.object({ template: partSchema }) })

/**
 * Compares a pod with the template of its Job. Webhooks may change pods without changing Jobs, such as those of service meshes.
 * @param job the Job as the API server answered it, compared before its release
 * @param made the pod as the API server answered it
 */
export function keptPodDifferences(job: unknown, made: unknown): readonly Difference[] {
  return differences(partSchema.parse(jobSchema.parse(job).spec.template), partSchema.parse(made), allowance)
}
