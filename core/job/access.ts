import { containers } from '../ports/backend.ts'
import type { AccessRequest } from '../ports/object-store.ts'
import { attemptPrefix } from './names.ts'
import type { Plan, Step } from './plan.ts'

/** How long an attempt may take at most, from its start to the end of the upload, in milliseconds; each container may wait `startTimeout`. */
export function longestAttemptMs({ limits }: Step, uploadTimeoutMs: number): number {
  return containers.length * limits.startTimeout + limits.timeout + uploadTimeoutMs
}

/** What an attempt reads and writes in the object store, and for how long. */
export function accessRequest(plan: Plan, uploadTimeoutMs: number): AccessRequest {
  const [step] = plan.steps
  const sources = step.inputs.map((input) => input.source)
  return {
    writePrefix: attemptPrefix(plan.ref),
    readKeys: sources.flatMap((source) => (source.kind === 'bundled' ? [source.key] : [])),
    readForeign: sources.flatMap((source) =>
      source.kind === 's3' ? [{ bucket: source.bucket, key: source.key }] : [],
    ),
    durationMs: longestAttemptMs(step, uploadTimeoutMs),
  }
}
