import type { AttemptRef } from '../core/job/names.ts'
import type { Plan } from '../core/job/plan.ts'
import { consumerHash } from './tenants/names.ts'

const managedBy = 'app.kubernetes.io/managed-by'
const managedByUs = 'dataspace-compute'
const jobLabel = 'dataspace-compute/job'
const attemptLabel = 'dataspace-compute/attempt'
const installationLabel = 'dataspace-compute/installation'

/** Labels by name. */
export type Labels = Readonly<Record<string, string>>

/** Selects every object of ours. */
export const ourSelector = `${managedBy}=${managedByUs}`

/** Selects the objects of one attempt. */
export function attemptSelector({ jobId, attempt }: AttemptRef): string {
  return `${ourSelector},${jobLabel}=${jobId},${attemptLabel}=${attempt}`
}

/** The labels of every object of an attempt. The consumer appears as a hash only: its name may be personal data, and any character. */
export function attemptLabels({ ref, assetId, consumerId, installation }: Plan): Record<string, string> {
  return {
    'app.kubernetes.io/name': 'dataspace-compute-job',
    'app.kubernetes.io/component': 'job',
    [managedBy]: managedByUs,
    [jobLabel]: ref.jobId,
    [attemptLabel]: String(ref.attempt),
    'dataspace-compute/asset': assetId,
    'dataspace-compute/consumer': consumerHash(consumerId),
    ...(installation === undefined ? {} : { [installationLabel]: installation }),
  }
}

/** Which attempt an object belongs to, `undefined` where it is none of ours. Labels are anybody's to write, so nothing is taken for granted. */
export function attemptOf(labels: Labels): AttemptRef | undefined {
  const jobId = labels[jobLabel]
  const attempt = labels[attemptLabel]
  if (labels[managedBy] !== managedByUs || jobId === undefined || attempt === undefined) return undefined
  return jobId !== '' && /^[1-9]\d{0,8}$/.test(attempt) ? { jobId, attempt: Number(attempt) } : undefined
}

/** Which installation an object says it is of. */
export function installationOf(labels: Labels): string | undefined {
  return labels[installationLabel]
}

/** Whether an object belongs to this attempt. */
export function belongsTo(labels: Labels, ref: AttemptRef): boolean {
  const found = attemptOf(labels)
  return found?.jobId === ref.jobId && found.attempt === ref.attempt
}
