/**
 * What a callback did: `changed` the process; was `repeated`, and only the address was taken anew; did `nothing`; or made the control plane
 * throw with the process leased (`broken`).
 */
export type Effect = 'changed' | 'repeated' | 'nothing' | 'broken'

/** A callback of the data plane. */
export interface Callback {
  readonly kind: string
  readonly processId: string
  readonly status: number
  readonly effect: Effect
  readonly body: unknown
  readonly authorization: string | undefined
  /** Milliseconds, of `performance.now()`. */
  readonly at: number
}

/** A signal that was sent to a data plane, each try by itself. */
export interface Signal {
  /** The last part of the address: `prepare`, `start`, `started`, `suspend`, `resume`, `terminate`, `completed`. */
  readonly kind: string
  readonly processId: string
  readonly dataPlaneId: string
  readonly body: Readonly<Record<string, unknown>>
  /** Undefined where there was no answer. */
  readonly status: number | undefined
  readonly answer: string
  readonly authorization: string | undefined
  readonly at: number
}

/** A call of the Management API, such as `PUT /v4/dataplanes`. */
export interface ManagementCall {
  readonly call: string
  readonly status: number
  readonly body: unknown
}

/** What one control plane heard, said and did, in order. */
export class Ledger {
  readonly callbacks: Callback[] = []
  readonly signals: Signal[] = []
  readonly management: ManagementCall[] = []
  readonly #states = new Map<string, string[]>()

  /** Every state that the process was in, in order; one stayed in twice is there twice. */
  states(processId: string): readonly string[] {
    return this.#states.get(processId) ?? []
  }

  state(processId: string, state: string): void {
    this.#states.set(processId, [...this.states(processId), state])
  }

  /** How often a callback of that kind had that effect on the process. */
  count(processId: string, kind: string, effect: Effect = 'changed'): number {
    return this.callbacksOf(processId, kind).filter((callback) => callback.effect === effect).length
  }

  callbacksOf(processId: string, kind?: string): readonly Callback[] {
    return this.callbacks.filter((it) => it.processId === processId && (kind === undefined || it.kind === kind))
  }

  signalsOf(processId: string, kind?: string): readonly Signal[] {
    return this.signals.filter((it) => it.processId === processId && (kind === undefined || it.kind === kind))
  }
}
