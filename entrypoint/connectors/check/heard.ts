import type { Clock } from '../../../core/ports/clock.ts'

/** A message of a connector that had the right form and came by the right path. */
export interface HeardMessage {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly processId: string
  readonly assetId?: string
}

/** A message that was refused. */
export interface HeardRefusal {
  readonly at: number
  /** Code of the error catalogue. */
  readonly code: string
  readonly message: string
}

/** A callback, or a call that asked something. */
export interface HeardCall {
  readonly at: number
  /** What was called: `provisioned`, `terminate`, or what was asked for. */
  readonly call: string
}

/** A call that went wrong. */
export interface HeardFault extends HeardCall {
  readonly message: string
}

/** What came of a connector last, and how our last calls to it went; what never happened since the start is absent. */
export interface Heard {
  /** Start of the service: before it nothing is known. Milliseconds since 1970. */
  readonly since: number
  readonly provision?: HeardMessage
  readonly event?: HeardMessage
  readonly provisionRefused?: HeardRefusal
  readonly eventRefused?: HeardRefusal
  readonly answered?: HeardCall
  readonly failed?: HeardFault
}

/**
 * Keeps, per connector, what was heard last. In memory only: it serves those who set a connector up, and a write to disk for each event
 * would cost more than it tells. What outlives a restart are the jobs themselves.
 */
export interface HeardBook {
  of(connectorId: string): Heard
  note(connectorId: string, change: Partial<Omit<Heard, 'since'>>): void
  /** Waits until what was heard is as wanted. @returns whether it came to that before the signal */
  until(connectorId: string, holds: (heard: Heard) => boolean, signal: AbortSignal): Promise<boolean>
}

/** An empty book that begins now. */
export function heardBook(clock: Clock): HeardBook {
  const since = clock.now()
  const pages = new Map<string, Heard>()
  const listeners = new Set<() => void>()
  const of = (connectorId: string): Heard => pages.get(connectorId) ?? { since }
  return {
    of,
    note(connectorId, change) {
      pages.set(connectorId, { ...of(connectorId), ...change })
      for (const listener of listeners) listener()
    },
    until: (connectorId, holds, signal) =>
      new Promise((resolve) => {
        const end = (outcome: boolean): void => {
          listeners.delete(look)
          signal.removeEventListener('abort', stop)
          resolve(outcome)
        }
        const look = (): void => {
          if (holds(of(connectorId))) end(true)
        }
        const stop = (): void => end(holds(of(connectorId)))
        listeners.add(look)
        signal.addEventListener('abort', stop)
        if (signal.aborted) stop()
        else look()
      }),
  }
}
