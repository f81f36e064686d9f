import { randomUUID } from 'node:crypto'
import { toWire } from './data-address.ts'
import type { TransferProcess } from './process.ts'

/** Which names of fields are spoken: those of EDC up to 0.18 (RC2 of the specification), or RC3's. */
export type Generation = 'rc2' | 'rc3'

/** Whose control plane it is, and how it speaks. */
export interface Speaker {
  readonly generation: Generation
  readonly participantId: string
  readonly counterPartyId: string
  /** Base of the callbacks; RC3 does not send it. */
  readonly callbackAddress: string
}

/** `prepare` or `start`; a start carries the address that is known by then, be it the destination of a push or the consumer's `dataDestination`. */
export function flowMessage(
  speaker: Speaker,
  process: TransferProcess,
  kind: 'prepare' | 'start',
): Record<string, unknown> {
  const { participantId, counterPartyId, callbackAddress, generation } = speaker
  const { transferType, dataAddress } = process
  return {
    messageId: randomUUID(),
    participantId,
    counterPartyId,
    dataspaceContext: 'dataspace-protocol-http:2025-1',
    processId: process.id,
    agreementId: process.agreementId,
    datasetId: process.assetId,
    ...(generation === 'rc2' ? { callbackAddress, transferType } : { profile: transferType }),
    labels: process.labels,
    metadata: process.metadata,
    claims: process.claims,
    ...(kind === 'start' && dataAddress !== undefined ? { dataAddress: toWire(dataAddress) } : {}),
  }
}

export function startedMessage({ dataAddress }: TransferProcess): Record<string, unknown> {
  return { messageId: randomUUID(), ...(dataAddress === undefined ? {} : { dataAddress: toWire(dataAddress) }) }
}

/** The processId in it is EDC's leftover: a new random one each time, which means nothing. */
export function resumeMessage({ dataAddress, ownsAddress }: TransferProcess): Record<string, unknown> {
  const address = ownsAddress && dataAddress !== undefined ? { dataAddress: toWire(dataAddress) } : {}
  return { messageId: randomUUID(), ...address, processId: randomUUID() }
}

export function suspendMessage(): Record<string, unknown> {
  return { messageId: randomUUID(), reason: 'suspend' }
}

/** Without the reason, which EDC 0.18 keeps to itself. */
export function terminateMessage(): Record<string, unknown> {
  return { messageId: randomUUID() }
}
