import type { Fault, PassingCall } from './fault.ts'

/** A fault, and how often it is drawn against the others. */
export interface Weighted {
  readonly weight: number
  readonly fault: Fault
  /** Whether it can happen to such a call; to every one where it is absent. */
  readonly fits?: (call: PassingCall) => boolean
}
