import type { AssetOutput } from '../asset/schema.ts'
import type { StoreAccess } from '../ports/object-store.ts'
import type { Cause } from './causes.ts'
import type { AttemptRef } from './names.ts'
import type { Plan, PlannedInput } from './plan.ts'

/** What a backend gives the data sidecar to do for one step, as JSON. It holds credentials: a Secret, never a ConfigMap. */
export interface SidecarTask {
  readonly version: 1
  readonly ref: AttemptRef
  readonly store: StoreAccess
  readonly inputs: readonly PlannedInput[]
  /** Hosts and ports (`host` or `host:port`) that url inputs may name beside public addresses; see DSC_INPUT_HOSTS. */
  readonly allowedHosts: readonly string[]
  readonly outputs: readonly AssetOutput[]
  /** Sum of all output files beyond which the job fails, in bytes. */
  readonly outputBytes: number
}

/** What the sidecar of an attempt has to do, with the credentials to do it. */
export function sidecarTask(plan: Plan, store: StoreAccess, allowedHosts: readonly string[]): SidecarTask {
  const [{ inputs, outputs, limits }] = plan.steps
  return { version: 1, ref: plan.ref, store, inputs, allowedHosts, outputs, outputBytes: limits.outputBytes }
}

/** How the sidecar tells why it failed: its last words, as JSON, in the container's termination message. */
export interface SidecarReport {
  readonly cause: Cause
  readonly message: string
  /** Set where a new attempt would end alike. */
  readonly final?: true
}

/** Reads a termination message. Gives `undefined` where it is none of ours, for example because the sidecar was killed. */
export function parseSidecarReport(text: string): SidecarReport | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('cause' in value) || !('message' in value)) return undefined
    const cause = sidecarCauses.find((known) => known === value.cause)
    if (cause === undefined || typeof value.message !== 'string') return undefined
    return { cause, message: value.message, ...('final' in value && value.final === true ? { final: true } : {}) }
  } catch {
    return undefined
  }
}

const sidecarCauses = [
  'input-failed',
  'missing-output',
  'invalid-output',
  'output-too-large',
  'upload-failed',
  'not-isolated',
  'backend-error',
] as const satisfies readonly Cause[]
