import type { Clock } from '../../core/ports/clock.ts'
import type { CallbackMessage } from '../../core/ports/store.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import type {
  Agreement,
  Connector,
  Delivery,
  FlowDelivery,
  FlowMessage,
  ProcessState,
  ResultAddress,
  TransferProcess,
} from '../../core/ports/connector.ts'

/** A transfer process as the scripted connector keeps it. */
export interface ScriptedProcess {
  readonly id: string
  readonly assetId: string
  readonly agreementId: string
  readonly parameters: unknown
  state: ProcessState
  /** How often a callback of ours made it move on from waiting. */
  provisionedTimes: number
  /** How often a terminate of ours ended it, with the reasons. */
  readonly terminatedFor: string[]
  /** How often it took that a push is complete. */
  completedTimes: number
  /** What it was told went wrong. */
  readonly erroredFor: string[]
  /** How often a second `started` came after it had started: a real one locks itself for a minute then. */
  lockedTimes: number
  /** The address it was told last. */
  address?: ResultAddress
  /** Who ended it, where somebody did. */
  endedBy?: 'consumer' | 'service'
  /** What it does by itself, and when, milliseconds since 1970. */
  next?: { readonly at: number; readonly state: ProcessState; readonly after?: Later }
}

/** What a process does by itself later, in milliseconds after it came into its state. */
interface Later {
  readonly afterMs: number
  readonly state: ProcessState
}

/** How long it takes to process our answer to the provision request, in milliseconds. */
const preparingMs = 500
/** How long a provisioned transfer takes to start, in milliseconds. */
const startMs = 400
const start: Later = { afterMs: startMs, state: 'started' }

/**
 * A connector in memory, at the engine's port: its processes move on by themselves as a real one's do, a callback that comes too
 * early is not taken, and one that comes again is told so. What came of our messages is counted here.
 */
export class ScriptedConnector implements Connector {
  readonly id = 'provider'
  /** What a process does after its start: `completed` when its consumer has fetched everything. Nothing by default. */
  startedThen: Later | undefined
  /** Given instead of what the state asks for, once each, in order. */
  readonly deliveries: Delivery[] = []
  /** The same for what it is told of data flows. */
  readonly flowDeliveries: (FlowDelivery | 'taken, and the answer is lost')[] = []
  /** Why it can never take a callback with an address; `undefined`: it can. */
  refusal: string | undefined
  readonly processes = new Map<string, ScriptedProcess>()
  readonly agreements = new Map<string, Agreement>()
  /** Every message that we sent, in order, whatever came of it. */
  readonly messages: { readonly processId: string; readonly kind: CallbackMessage['kind'] }[] = []
  /** It has no Management API: it can be asked nothing, and ended by nobody. */
  silent = false
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A consumer's transfer begins. The process waits for us from half a second later on. */
  begin(
    id: string,
    asked: Pick<ScriptedProcess, 'assetId' | 'agreementId' | 'parameters'>,
    then: 'awaiting' | 'provisioned' = 'awaiting',
  ): ScriptedProcess {
    const next: ScriptedProcess['next'] =
      then === 'awaiting'
        ? { at: this.#clock.now() + preparingMs, state: then }
        : { at: this.#clock.now() + preparingMs, state: then, after: start }
    const process: ScriptedProcess = {
      id,
      ...asked,
      state: 'preparing',
      provisionedTimes: 0,
      terminatedFor: [],
      completedTimes: 0,
      erroredFor: [],
      lockedTimes: 0,
      next,
    }
    this.processes.set(id, process)
    return process
  }

  /** The process of a test. @throws Error where it never began */
  process(id: string): ScriptedProcess {
    const process = this.processes.get(id)
    if (process === undefined) throw new Error(`the test began no process ${id}`)
    return process
  }

  /** The consumer, or whoever it is on the other side, brings a process into a state. Nothing comes back from an end. */
  move(id: string, state: ProcessState, after?: Later): void {
    const process = this.processes.get(id)
    if (process === undefined || isOver(process.state)) return
    process.state = state
    delete process.next
    if (isOver(state)) process.endedBy = 'consumer'
    const later = after ?? (state === 'provisioned' ? start : state === 'started' ? this.startedThen : undefined)
    if (later !== undefined) process.next = { at: this.#clock.now() + later.afterMs, state: later.state }
  }

  async transferProcess(processId: string): Promise<TransferProcess | undefined> {
    const process = this.processes.get(processId)
    if (process === undefined) return undefined
    const { state, assetId, agreementId, parameters } = process
    return { state, stateName: state.toUpperCase(), assetId, agreementId, parameters }
  }

  async agreement(agreementId: string): Promise<Agreement | undefined> {
    return this.agreements.get(agreementId)
  }

  async provisioned({ processId }: { readonly processId: string }, address: ResultAddress): Promise<Delivery> {
    this.messages.push({ processId, kind: 'provisioned' })
    const scripted = this.deliveries.shift()
    if (scripted !== undefined) return scripted
    const process = this.processes.get(processId)
    if (process === undefined) return { outcome: 'unknown' }
    if (isOver(process.state)) return { outcome: 'over' }
    if (process.state === 'preparing') return { outcome: 'later', afterMs: 300 }
    if (process.state !== 'awaiting') return { outcome: 'delivered' }
    if (this.refusal !== undefined) return { outcome: 'refused', reason: this.refusal }
    process.provisionedTimes += 1
    process.address = address
    this.move(processId, 'provisioned')
    return { outcome: 'later', afterMs: 300 }
  }

  /** As the adapter of a control plane says it: one that can be asked is looked at first, and one that cannot gets everything. */
  async tell(transfer: Transfer, message: FlowMessage, address: ResultAddress | undefined): Promise<FlowDelivery> {
    const { processId, flow } = transfer
    const { kind } = message
    this.messages.push({ processId, kind })
    const scripted = this.flowDeliveries.shift()
    const process = this.processes.get(processId)
    if (scripted !== undefined && scripted !== 'taken, and the answer is lost') return scripted
    const taken: FlowDelivery =
      scripted === undefined ? { outcome: 'delivered' } : { outcome: 'unclear', reason: 'the answer is lost' }
    if (kind === 'errored') {
      process?.erroredFor.push(message.reason)
      return taken
    }
    if (process === undefined || isOver(process.state)) {
      if (!this.silent && process === undefined) return { outcome: 'unknown' }
      if (!this.silent)
        return { outcome: kind === 'completed' && process?.state === 'completed' ? 'delivered' : 'over' }
      if (flow?.unclear === kind) return { outcome: 'delivered' }
      throw new Error('the control plane answered with 500')
    }
    const { state } = process
    if (kind === 'completed') {
      if (state !== 'started') return this.#notNow(500)
      process.completedTimes += 1
      this.move(processId, 'completed')
      return taken
    }
    if (state === 'preparing') return this.#notNow(300)
    if (state === 'awaiting') {
      process.provisionedTimes += 1
      if (address !== undefined) process.address = address
      this.move(processId, 'provisioned')
      return taken
    }
    if (!this.silent) return { outcome: 'delivered' }
    process.lockedTimes += 1
    if (flow?.unclear === kind) return { outcome: 'delivered' }
    throw new Error('the control plane answered with 500')
  }

  #notNow(afterMs: number): Delivery {
    if (this.silent) throw new Error('the control plane answered with 409')
    return { outcome: 'later', afterMs }
  }

  async terminate(processId: string, reason: string): Promise<Delivery> {
    this.messages.push({ processId, kind: 'terminate' })
    if (this.silent) return { outcome: 'refused', reason: 'it cannot be asked' }
    const scripted = this.deliveries.shift()
    if (scripted !== undefined) return scripted
    const process = this.processes.get(processId)
    if (process === undefined) return { outcome: 'unknown' }
    if (isOver(process.state)) return { outcome: 'over' }
    if (process.state === 'preparing') return { outcome: 'later', afterMs: 300 }
    process.terminatedFor.push(reason)
    this.move(processId, 'terminated')
    process.endedBy = 'service'
    return { outcome: 'delivered' }
  }

  async check(): Promise<void> {}

  /** When a process moves on by itself next, milliseconds since 1970. */
  nextAt(): number | undefined {
    const times = [...this.processes.values()].flatMap(({ next }) => (next === undefined ? [] : [next.at]))
    return times.length === 0 ? undefined : Math.min(...times)
  }

  /** Lets happen what is due by the clock. */
  advance(): void {
    for (const { id, next } of this.processes.values()) {
      if (next !== undefined && next.at <= this.#clock.now()) this.move(id, next.state, next.after)
    }
  }
}

function isOver(state: ProcessState): boolean {
  return state === 'completed' || state === 'terminated'
}
