import type { Flow } from './flow.ts'

/** How a transfer ended. */
export type Outcome = 'completed' | 'terminated' | 'failed' | 'expired'

interface TransferCommon {
  readonly id: string
  readonly connectorId: string
  /** The connector's transfer process id (the provider's side). */
  readonly processId: string
  /** The connector's resource definition id; with connector and process id it tells a repeated message from a new one. */
  readonly definitionId: string
  readonly assetId: string
  readonly jobId: string
  /** Part of what the result's token is made from: raising it revokes every earlier token. From 1. */
  readonly generation: number
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** When it came into its state, milliseconds since 1970. */
  readonly since: number
  /** Since when the connector says that it does not know the process; unset where it does. */
  readonly unknownSince?: number
  /** What began it where it is a data flow (Data Plane Signaling); unset where a provisioner's message did. */
  readonly flow?: Flow
}

/** The connector's transfer process as we keep it. */
export type Transfer =
  | (TransferCommon & { readonly state: 'requested' | 'granting' | 'granted' | 'delivering' })
  | (TransferCommon & { readonly state: 'suspended'; readonly from: 'granted' | 'delivering' })
  | (TransferCommon & { readonly state: 'ended'; readonly outcome: Outcome; readonly reason: string })

/** A state of a transfer. */
export type TransferState = Transfer['state']

/** What a new transfer is made from. */
export type NewTransfer = Pick<
  TransferCommon,
  'id' | 'connectorId' | 'processId' | 'definitionId' | 'assetId' | 'jobId' | 'flow'
>

/** A transfer as it is accepted. A data flow that starts at once has its access open from the beginning. */
export function requestedTransfer(transfer: NewTransfer, now: number): Transfer {
  const state = transfer.flow?.start === 'sync' ? 'granted' : 'requested'
  return { ...transfer, state, generation: 1, createdAt: now, since: now }
}
