import type { DataPlanes } from './data-planes.ts'
import { fromDestination, type StoredAddress } from './data-address.ts'
import { go, mayGo, type TransferProcess } from './process.ts'
import type { ProcessStore } from './process-store.ts'

/** What one control plane says to the other, in place of the dataspace protocol. `to` is the receiver's id of the process. */
export type ProtocolMessage =
  | {
      readonly type: 'request'
      readonly consumerPid: string
      readonly assetId: string
      readonly agreementId: string
      readonly transferType: string
      readonly dataAddress: StoredAddress | undefined
    }
  | { readonly type: 'start'; readonly to: string; readonly dataAddress: StoredAddress | undefined }
  | { readonly type: 'completion'; readonly to: string }
  | { readonly type: 'suspension' | 'termination'; readonly to: string; readonly reason: string | undefined }

/** 2xx is taken, 4xx refused for good, 5xx worth another try. */
export interface ProtocolAnswer {
  readonly status: number
  readonly detail?: string
  readonly providerPid?: string
}

/** An asset as the provider offers it; what stands in `metadata` and `labels` reaches the data plane. */
export interface Asset {
  readonly assetId: string
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly labels?: readonly string[]
  readonly profiles?: readonly string[]
}

interface Receiver {
  readonly store: ProcessStore
  readonly dataPlanes: DataPlanes
  readonly asset: (id: string) => Asset | undefined
  /** The provider's side of a new transfer. */
  readonly create: (message: Extract<ProtocolMessage, { type: 'request' }>, asset: Asset) => TransferProcess
}

/** What EDC 0.18 does with a message of the other side (`TransferProcessProtocolServiceImpl`). */
export function receive({ store, dataPlanes, asset, create }: Receiver, message: ProtocolMessage): ProtocolAnswer {
  if (message.type === 'request') {
    const offered = asset(message.assetId)
    if (offered === undefined) return { status: 404, detail: `Asset ${message.assetId} not found` }
    if (!dataPlanes.transferTypes(offered.profiles ?? []).has(message.transferType))
      return { status: 400, detail: `TransferType ${message.transferType} is not supported` }
    const known = store.all().find(({ correlationId }) => correlationId === message.consumerPid)
    const process = known ?? create(message, offered)
    if (known === undefined) store.save(process)
    return { status: 200, providerPid: process.id }
  }
  const process = store.findAndLease(message.to)
  if (process === 'unknown') return { status: 404, detail: `No transfer process with id ${message.to} found` }
  if (process === 'leased') return { status: 409, detail: `Entity ${message.to} already leased` }
  try {
    const refusal = act(process, message)
    if (refusal === undefined) store.save(process)
    else store.breakLease(process.id)
    return refusal ?? { status: 200 }
  } catch (error) {
    return { status: 500, detail: String(error) } // and the lease stays
  }
}

function act(
  process: TransferProcess,
  message: Exclude<ProtocolMessage, { type: 'request' }>,
): ProtocolAnswer | undefined {
  switch (message.type) {
    case 'start':
      return started(process, message.dataAddress)
    case 'completion':
      if (!mayGo(process, 'COMPLETING_REQUESTED')) return { status: 409, detail: 'transfer cannot be completed' }
      go(process, 'COMPLETING_REQUESTED')
      return undefined
    case 'suspension':
      if (!mayGo(process, 'SUSPENDING_REQUESTED')) return { status: 409, detail: 'transfer cannot be suspended' }
      go(process, 'SUSPENDING_REQUESTED')
      return undefined
    case 'termination':
      if (!mayGo(process, 'TERMINATING_REQUESTED')) return { status: 409, detail: 'transfer cannot be terminated' }
      go(process, 'TERMINATING_REQUESTED')
      if (message.reason !== undefined) process.errorDetail = asRead(message.reason)
      return undefined
  }
}

/** A reason arrives as the text of its JSON-LD, not of itself. */
export function asRead(reason: string): string {
  return JSON.stringify([{ '@value': reason }])
}

function started(process: TransferProcess, address: StoredAddress | undefined): ProtocolAnswer | undefined {
  if (process.state === 'SUSPENDED') {
    go(process, 'RESUMING')
    if (!process.ownsAddress) setAddress(process, address)
    return undefined
  }
  if (process.state === 'RESUMED') {
    if (address === undefined) return { status: 400, detail: 'Cannot resume transfer without a DataAddress' }
    go(process, 'RESUMING')
    setAddress(process, address)
    return undefined
  }
  if (process.role === 'CONSUMER' && mayGo(process, 'STARTED')) {
    go(process, 'STARTUP_REQUESTED')
    if (address !== undefined) setAddress(process, address)
    return undefined
  }
  return { status: 409, detail: 'transfer cannot be started' }
}

/** Without an address, none is kept. */
export function setAddress(process: TransferProcess, address: StoredAddress | undefined): void {
  if (address === undefined) delete process.dataAddress
  else process.dataAddress = address
}

/** The consumer's own side of a new transfer. @throws Error where `dataDestination` holds anything but text */
export function consumerSide(
  request: {
    readonly assetId: string
    readonly transferType: string
    readonly dataDestination?: Readonly<Record<string, unknown>>
    readonly metadata?: Readonly<Record<string, unknown>>
    readonly labels?: readonly string[]
  },
  id: string,
  agreementId: string,
): TransferProcess {
  const { assetId, transferType, dataDestination, metadata = {}, labels = [] } = request
  return {
    id,
    role: 'CONSUMER',
    state: 'INITIAL',
    stateTimestamp: Date.now(),
    assetId,
    agreementId,
    transferType,
    claims: { client_id: 'provider' },
    labels,
    metadata,
    ownsAddress: false,
    ...(dataDestination === undefined ? {} : { dataAddress: fromDestination(dataDestination) }),
  }
}
