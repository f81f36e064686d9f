import type { DataPlane, DataPlanes } from './data-planes.ts'
import {
  flowMessage,
  resumeMessage,
  type Speaker,
  startedMessage,
  suspendMessage,
  terminateMessage,
} from './messages.ts'
import { go, type ProcessState, type TransferProcess } from './process.ts'
import { type ProtocolAnswer, type ProtocolMessage, setAddress } from './protocol.ts'
import { SignalFailed, type SignalingClient } from './signaling-client.ts'

/** What a step needs. */
export interface Surroundings {
  readonly speaker: () => Speaker
  readonly dataPlanes: DataPlanes
  readonly client: SignalingClient
  readonly send: (message: ProtocolMessage) => Promise<ProtocolAnswer>
}

/** Something that may work another time; EDC tries it again a few times. */
export class Again extends Error {
  override readonly name = 'Again'
}

type Step = (around: Surroundings, process: TransferProcess) => Promise<void>

/** States in which the control plane has something to do, by role. In all others it waits for a message. */
const steps: Readonly<Record<TransferProcess['role'], Partial<Record<ProcessState, Step>>>> = {
  CONSUMER: {
    INITIAL: prepare,
    REQUESTING: request,
    STARTUP_REQUESTED: tellStarted,
    SUSPENDING: suspend,
    SUSPENDING_REQUESTED: suspend,
    RESUMING: resume,
    RESUMING_REQUESTED: resume,
    COMPLETING: complete,
    COMPLETING_REQUESTED: complete,
    TERMINATING: terminate,
    TERMINATING_REQUESTED: terminate,
  },
  PROVIDER: {
    INITIAL: start,
    STARTING: sendStart,
    SUSPENDING: suspend,
    SUSPENDING_REQUESTED: suspend,
    RESUMING: resume,
    RESUMING_REQUESTED: resume,
    COMPLETING: complete,
    COMPLETING_REQUESTED: complete,
    TERMINATING: terminate,
    TERMINATING_REQUESTED: terminate,
  },
}

/** What there is to do for the process, if anything. */
export function stepOf({ role, state }: TransferProcess): Step | undefined {
  return steps[role][state]
}

/** What becomes of a process whose step failed for good: its reason is told to the other side, unless the step was that. */
export function giveUp(process: TransferProcess, reason: string): void {
  const { state, role } = process
  const silently = state === 'TERMINATING' || state === 'TERMINATING_REQUESTED'
  const unheard = role === 'CONSUMER' && (state === 'INITIAL' || state === 'REQUESTING')
  go(process, silently || unheard ? 'TERMINATED' : 'TERMINATING')
  process.errorDetail = reason
}

async function prepare({ dataPlanes, client, speaker }: Surroundings, process: TransferProcess): Promise<void> {
  const plane = selected(dataPlanes, process)
  const answer = await client.ask(plane, process.id, 'prepare', flowMessage(speaker(), process, 'prepare'))
  if (answer.dataAddress !== undefined) {
    process.ownsAddress = true
    process.dataAddress = answer.dataAddress
  }
  process.dataPlaneId = plane.id
  go(process, answer.asynchronous ? 'PREPARATION_REQUESTED' : 'REQUESTING')
}

async function request({ send }: Surroundings, process: TransferProcess): Promise<void> {
  const { id: consumerPid, assetId, agreementId, transferType, dataAddress } = process
  const { providerPid } = await taken(
    send({ type: 'request', consumerPid, assetId, agreementId, transferType, dataAddress }),
  )
  go(process, 'REQUESTED')
  if (providerPid !== undefined) process.correlationId = providerPid
}

async function start({ dataPlanes, client, speaker }: Surroundings, process: TransferProcess): Promise<void> {
  const plane = selected(dataPlanes, process)
  const answer = await client.ask(plane, process.id, 'start', flowMessage(speaker(), process, 'start'))
  process.dataPlaneId = plane.id
  if (answer.asynchronous) return go(process, 'STARTUP_REQUESTED')
  go(process, 'STARTING')
  if (answer.dataAddress === undefined) return
  process.ownsAddress = true
  process.dataAddress = answer.dataAddress
}

async function sendStart({ send }: Surroundings, process: TransferProcess): Promise<void> {
  await taken(send({ type: 'start', to: peerOf(process), dataAddress: process.dataAddress }))
  go(process, 'STARTED')
}

async function tellStarted(around: Surroundings, process: TransferProcess): Promise<void> {
  await around.client.tell(planeOf(around, process), process.id, 'started', startedMessage(process))
  go(process, 'STARTED')
}

async function suspend(around: Surroundings, process: TransferProcess): Promise<void> {
  await around.client.tell(planeOf(around, process), process.id, 'suspend', suspendMessage())
  if (process.state === 'SUSPENDING')
    await taken(around.send({ type: 'suspension', to: peerOf(process), reason: process.errorDetail }))
  go(process, 'SUSPENDED')
}

async function resume(around: Surroundings, process: TransferProcess): Promise<void> {
  const mine = process.state === 'RESUMING'
  const answer = mine
    ? await around.client.ask(planeOf(around, process), process.id, 'resume', resumeMessage(process))
    : undefined
  if (answer?.dataAddress !== undefined) process.dataAddress = answer.dataAddress
  if (!mine || process.ownsAddress) {
    const dataAddress = process.ownsAddress ? answer?.dataAddress : undefined
    await taken(around.send({ type: 'start', to: peerOf(process), dataAddress }))
  }
  go(process, mine ? 'STARTED' : 'RESUMED')
}

async function complete(around: Surroundings, process: TransferProcess): Promise<void> {
  if (process.state === 'COMPLETING') await taken(around.send({ type: 'completion', to: peerOf(process) }))
  else await around.client.tell(planeOf(around, process), process.id, 'completed', {})
  go(process, 'COMPLETED')
  setAddress(process, undefined)
}

/** A consumer whose request was never answered asks in vain by its own id, and ends all the same. */
async function terminate(around: Surroundings, process: TransferProcess): Promise<void> {
  if (process.dataPlaneId !== undefined)
    await around.client.tell(planeOf(around, process), process.id, 'terminate', terminateMessage())
  if (process.state === 'TERMINATING')
    await taken(around.send({ type: 'termination', to: peerOf(process), reason: process.errorDetail }))
  go(process, 'TERMINATED')
  setAddress(process, undefined)
}

function selected(dataPlanes: DataPlanes, process: TransferProcess): DataPlane {
  const plane = dataPlanes.select(process)
  if (plane === undefined) throw new SignalFailed('No dataplane found')
  return plane
}

function planeOf({ dataPlanes }: Surroundings, { dataPlaneId }: TransferProcess): DataPlane {
  if (dataPlaneId === undefined) throw new SignalFailed('DataPlane id is null')
  const plane = dataPlanes.find(dataPlaneId)
  if (plane === undefined) throw new SignalFailed(`Data Plane instance with id ${dataPlaneId} not found`)
  return plane
}

/** The other side's id: a provider knows it from the request on, a consumer from its answer. */
function peerOf({ correlationId, id }: TransferProcess): string {
  return correlationId ?? id
}

async function taken(answer: Promise<ProtocolAnswer>): Promise<ProtocolAnswer> {
  const { status, detail, providerPid } = await answer
  if (status >= 500) throw new Again(`Counter Party responded with ${status}. Body: ${detail}.`)
  if (status >= 400) throw new SignalFailed(`Counter Party responded with ${status}. Body: ${detail}.`)
  return { status, ...(providerPid === undefined ? {} : { providerPid }) }
}
