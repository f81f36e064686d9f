import { type Surroundings, Again, giveUp, stepOf } from './processors.ts'
import { IllegalTransition, isOver, type ProcessState, type TransferProcess } from './process.ts'
import type { ProcessStore } from './process-store.ts'
import { setAddress } from './protocol.ts'
import { SignalFailed } from './signaling-client.ts'

/** How often EDC tries what may work another time (`edc.transfer.send.retry.limit` of the testbed's connectors). */
const tries = 3

/** The state machine of a control plane: takes each process that has something to do a tick after it was saved. */
export class Machine {
  readonly #store: ProcessStore
  readonly #around: Surroundings
  readonly #tickMs: number
  readonly #storeMs: number
  readonly #failures = new Map<string, number>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #held = new Set<ProcessState>()
  readonly #forget = new Set<string>()
  #runtime = 0

  /**
   * @param tickMs from a change to the next step
   * @param storeMs from the answer of a data plane to its being stored, in which callbacks come too early
   */
  constructor(store: ProcessStore, around: Surroundings, { tickMs, storeMs }: { tickMs: number; storeMs: number }) {
    this.#store = store
    this.#around = around
    this.#tickMs = tickMs
    this.#storeMs = storeMs
  }

  /** Looks at the process a tick from now. */
  look(id: string, afterMs = this.#tickMs): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      void this.#take(id)
    }, afterMs)
    this.#timers.add(timer)
  }

  /** Processes in that state are left alone until the function returned is called. */
  hold(state: ProcessState): () => void {
    this.#held.add(state)
    return () => {
      this.#held.delete(state)
      for (const process of this.#store.all()) if (process.state === state) this.look(process.id)
    }
  }

  /** The next answer to a step in that state is not stored, as if the process had died before: the step is taken anew, with new messages. */
  forgetNext(state: ProcessState): void {
    this.#forget.add(state)
  }

  /** What is under way comes to nothing; what the store still has is looked at. */
  restart(): void {
    this.stop()
    for (const { id } of this.#store.all()) this.look(id)
  }

  stop(): void {
    this.#runtime += 1
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  async #take(id: string): Promise<void> {
    const runtime = this.#runtime
    const found = this.#store.find(id)
    const step = found === undefined || this.#held.has(found.state) ? undefined : stepOf(found)
    if (step === undefined) return
    const process = this.#store.findAndLease(id)
    if (process === 'leased') return this.look(id, Math.max(this.#tickMs, Math.min(this.#store.leaseLeftMs(id), 50)))
    if (process === 'unknown') return
    const before = process.state
    try {
      await step(this.#around, process)
      await new Promise((resolve) => setTimeout(resolve, this.#storeMs))
      if (runtime !== this.#runtime) return
      this.#failures.delete(id)
      if (this.#forget.delete(before)) {
        this.#store.breakLease(id)
        return this.look(id)
      }
      this.#store.save(process)
    } catch (error) {
      if (runtime !== this.#runtime) return
      if (error instanceof IllegalTransition) return this.look(id, this.#store.leaseLeftMs(id) + this.#tickMs) // the lease stays
      this.#fail(process, before, error)
    }
  }

  #fail(process: TransferProcess, before: ProcessState, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    const failures = (this.#failures.get(process.id) ?? 0) + 1
    this.#failures.set(process.id, failures)
    process.state = before
    if (error instanceof Again && failures <= tries) {
      this.#store.save(process)
      return
    }
    if (!(error instanceof Again) && !(error instanceof SignalFailed)) return // an error of the control plane's own: the lease stays
    this.#failures.delete(process.id)
    giveUp(process, reason)
    if (isOver(process)) setAddress(process, undefined)
    this.#store.save(process)
  }
}
