import type { StoredAddress } from './data-address.ts'

/** States of a transfer process in EDC 0.18 (`TransferProcessStates`), without those of the provisioning that is no more. */
export type ProcessState =
  | 'INITIAL'
  | 'PREPARATION_REQUESTED'
  | 'REQUESTING'
  | 'REQUESTED'
  | 'STARTUP_REQUESTED'
  | 'STARTING'
  | 'STARTED'
  | 'SUSPENDING'
  | 'SUSPENDING_REQUESTED'
  | 'SUSPENDED'
  | 'RESUMING'
  | 'RESUMING_REQUESTED'
  | 'RESUMED'
  | 'COMPLETING'
  | 'COMPLETING_REQUESTED'
  | 'COMPLETED'
  | 'TERMINATING'
  | 'TERMINATING_REQUESTED'
  | 'TERMINATED'

/** A transfer process as one control plane keeps it. */
export interface TransferProcess {
  readonly id: string
  readonly role: 'CONSUMER' | 'PROVIDER'
  state: ProcessState
  /** When it came to its state, milliseconds since 1970. */
  stateTimestamp: number
  /** The other side's id of the same transfer. */
  correlationId?: string
  readonly assetId: string
  readonly agreementId: string
  readonly transferType: string
  /** Of whom the data plane hears: the consumer's claims. */
  readonly claims: Readonly<Record<string, unknown>>
  readonly labels: readonly string[]
  readonly metadata: Readonly<Record<string, unknown>>
  /** Known only once the answer to `prepare` or `start` is stored. */
  dataPlaneId?: string
  dataAddress?: StoredAddress
  /** Whether the address came with a synchronous answer of this side's data plane; an asynchronous `started` never makes it the owner. */
  ownsAddress: boolean
  errorDetail?: string
}

/** A state change that the control plane does not know: it throws, answers 500 and keeps the process leased. */
export class IllegalTransition extends Error {
  override readonly name = 'IllegalTransition'
}

const endable: readonly ProcessState[] = [
  'INITIAL',
  'PREPARATION_REQUESTED',
  'REQUESTING',
  'REQUESTED',
  'STARTING',
  'STARTUP_REQUESTED',
  'STARTED',
  'COMPLETING',
  'COMPLETING_REQUESTED',
  'SUSPENDING',
  'SUSPENDING_REQUESTED',
  'SUSPENDED',
  'RESUMING',
  'RESUMING_REQUESTED',
  'TERMINATING',
  'TERMINATING_REQUESTED',
]
const completable: readonly ProcessState[] = ['COMPLETING', 'STARTED', 'STARTING']
const suspendable: readonly ProcessState[] = ['STARTED', 'SUSPENDING', 'SUSPENDING_REQUESTED']
const startableByConsumer: readonly ProcessState[] = [
  'STARTED',
  'REQUESTED',
  'STARTING',
  'RESUMED',
  'SUSPENDED',
  'STARTUP_REQUESTED',
  'RESUMING',
]
const startableByProvider: readonly ProcessState[] = ['STARTED', 'STARTING', 'SUSPENDED', 'RESUMING', 'RESUMED']

/** From where each state may be reached (EDC 0.18 `TransferProcess.transition…`); RESUMED has no way to an end. */
const from: Readonly<Record<ProcessState, readonly ProcessState[] | 'any'>> = {
  INITIAL: ['INITIAL', 'SUSPENDED'],
  PREPARATION_REQUESTED: ['INITIAL'],
  REQUESTING: ['INITIAL', 'PREPARATION_REQUESTED', 'REQUESTING'],
  REQUESTED: ['REQUESTING', 'REQUESTED'],
  STARTUP_REQUESTED: [],
  STARTING: ['INITIAL', 'STARTING', 'SUSPENDED', 'STARTUP_REQUESTED'],
  STARTED: [],
  SUSPENDING: suspendable,
  SUSPENDING_REQUESTED: suspendable,
  SUSPENDED: suspendable,
  RESUMING: 'any',
  RESUMING_REQUESTED: 'any',
  RESUMED: ['RESUMING', 'RESUMING_REQUESTED'],
  COMPLETING: completable,
  COMPLETING_REQUESTED: completable,
  COMPLETED: ['COMPLETED', 'COMPLETING', 'COMPLETING_REQUESTED', 'STARTED'],
  TERMINATING: endable,
  TERMINATING_REQUESTED: endable,
  TERMINATED: endable,
}

/** Whether the process may go to that state. */
export function mayGo({ role, state }: TransferProcess, to: ProcessState): boolean {
  if (to === 'STARTUP_REQUESTED') {
    const starts =
      role === 'PROVIDER' ? ['INITIAL', 'STARTING'] : ['STARTUP_REQUESTED', 'REQUESTED', 'SUSPENDED', 'RESUMED']
    return starts.includes(state)
  }
  if (to === 'STARTED') return (role === 'PROVIDER' ? startableByProvider : startableByConsumer).includes(state)
  if (role === 'PROVIDER' && (to === 'REQUESTING' || to === 'REQUESTED')) return false
  const starts = from[to]
  return starts === 'any' || starts.includes(state)
}

/** Changes the state. @throws IllegalTransition */
export function go(process: TransferProcess, to: ProcessState): void {
  if (!mayGo(process, to)) throw new IllegalTransition(`Cannot transition from state ${process.state} to ${to}`)
  if (process.state !== to) process.stateTimestamp = Date.now()
  process.state = to
}

/** Whether nothing more happens to it. */
export function isOver({ state }: TransferProcess): boolean {
  return state === 'COMPLETED' || state === 'TERMINATED'
}
