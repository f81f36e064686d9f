import { setTimeout as pause } from 'node:timers/promises'
import type { FlowStatus } from '../data-plane.ts'
import { type Backoff, backoffMs } from './backoff.ts'
import type { ControlPlane, Notice } from './control-plane.ts'
import type { Outcome } from './send.ts'

/** A notice, and how long it is tried. */
export interface Telling extends Backoff {
  readonly controlPlane: ControlPlane
  readonly notice: Notice
  readonly processId: string
  readonly status: FlowStatus
  /**
   * Whether the control plane has the notice already, asked after an unclear attempt, for example at its management API; undefined where that
   * cannot be told now. Without it an unclear attempt ends the telling.
   */
  readonly isTold?: () => Promise<boolean | undefined>
  /** Gives up: the last outcome is returned. */
  readonly signal?: AbortSignal
  /** Told of every attempt that was not the last one. */
  readonly onAttempt?: (outcome: Outcome) => void
}

/**
 * Tells a control plane something until it is taken or refused for good. It waits in memory: a data plane whose notices must outlive it
 * keeps them itself and uses {@link ControlPlane.tell}.
 */
export async function tellUntilTaken(telling: Telling): Promise<Outcome> {
  const { controlPlane, notice, processId, status, isTold, signal, onAttempt } = telling
  let outcome: Outcome = { outcome: 'later', reason: 'not sent yet' }
  let unclear = false
  for (let failures = 0; ; failures++) {
    if (failures > 0) {
      onAttempt?.(outcome)
      if (!(await waited(backoffMs(failures, telling, Math.random()), signal))) return outcome
      const told = unclear ? await isTold?.() : false
      if (told === true) return { outcome: 'taken' }
      if (told === undefined) continue
    }
    outcome = await controlPlane.tell(notice, processId, status)
    if (outcome.outcome === 'taken' || outcome.outcome === 'refused') return outcome
    // Once an attempt was unclear, a later refusal may come of it: 500 for a second `started`, for example.
    unclear ||= outcome.outcome === 'unclear'
    if (unclear && isTold === undefined) return outcome
  }
}

/** Waits; false where it was told to give up. */
async function waited(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await pause(ms, undefined, signal === undefined ? {} : { signal })
    return true
  } catch (error) {
    if (signal?.aborted === true) return false
    throw error
  }
}
