import type { SignalingSettings } from '../../../config/signaling.ts'
import type { ResultAddress } from '../../../core/ports/connector.ts'
import type { Transfer } from '../../../core/transfer/transfer.ts'
import type { FlowStatus } from '../../../dps/data-plane.ts'
import { flowState } from '../../engine/flow-state.ts'
import { resultDataAddress } from './result-data-address.ts'

/** What is needed to tell a flow with its address. */
export interface StatusParts {
  readonly settings: Pick<SignalingSettings, 'endpointType'>
  readonly addressOf: (transfer: Transfer) => Promise<ResultAddress>
}

/**
 * Where a flow is, as its control plane is told. A pull that has started carries its address, always the same one: EDC 0.18 does not
 * hand a new one to the consumer.
 */
export async function flowStatus({ settings, addressOf }: StatusParts, transfer: Transfer): Promise<FlowStatus> {
  const { processId: flowId, flow } = transfer
  const state = flowState(transfer)
  if (flow?.type !== 'pull' || state !== 'STARTED') return { flowId, state }
  return { flowId, state, dataAddress: resultDataAddress(await addressOf(transfer), settings, flow) }
}
