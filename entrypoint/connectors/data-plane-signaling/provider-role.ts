import type { SignalingSettings } from '../../../config/signaling.ts'
import type { Transfer } from '../../../core/transfer/transfer.ts'
import { type DataPlane, DataPlaneError, type FlowMessage, type FlowStatus } from '../../../dps/data-plane.ts'
import { repeatOf } from '../../../dps/flow/repeat.ts'
import { acceptFlow, flowOfProcess } from '../../engine/accept-flow.ts'
import { flowState } from '../../engine/flow-state.ts'
import type { EngineParts } from '../../engine/parts.ts'
import { type FlowSignal, signalFlow } from '../../engine/signal-flow.ts'
import { flowStatus } from './flow-status.ts'
import { readStart, type StartRules } from './read-start.ts'

/** What the provider's role works with. */
export interface ProviderParts {
  readonly engine: EngineParts
  readonly settings: SignalingSettings
  readonly destinationProblem: StartRules['destinationProblem']
  /** Called after something became due, so that the engine looks at once. */
  readonly changed: () => void
}

/** What a data plane does in the provider's role. */
export type ProviderRole = Pick<DataPlane, 'start' | 'suspend' | 'resume' | 'terminate' | 'completed' | 'status'>

/**
 * The provider's role of Data Plane Signaling over the engine, for one control plane: a data flow is a transfer, its id the process's.
 * Every message is one durable write, and is answered at once.
 */
export function providerRole(parts: ProviderParts): ProviderRole {
  const { engine, settings } = parts
  const statusOf = (transfer: Transfer): Promise<FlowStatus> =>
    flowStatus({ settings, addressOf: engine.addressOf }, transfer)
  const signalled = async (flowId: string, signal: FlowSignal): Promise<Transfer> => {
    const known = await flowOfProcess(engine, settings.id, flowId)
    if (known === undefined) throw new DataPlaneError(404, 'flow-unknown', 'There is no data flow of this id.')
    const { outcome, transfer } = await signalFlow(engine, known.id, signal)
    if (outcome === 'refused') {
      const message = `The data flow is ${flowState(transfer)}, and cannot be ${signal.event}.`
      throw new DataPlaneError(409, 'impossible-now', message)
    }
    if (outcome === 'done') parts.changed()
    return transfer
  }
  return {
    async start(message) {
      const known = await flowOfProcess(engine, settings.id, message.processId)
      if (known !== undefined) return statusOf(repeated(message, known, settings.strict))
      const { newestAsset } = engine
      const flow = await readStart({ settings, newestAsset, destinationProblem: parts.destinationProblem }, message)
      const { processId, datasetId } = message
      const accepted = await acceptFlow(engine, { connectorId: settings.id, processId, assetId: datasetId, flow })
      if (!accepted.created) return statusOf(repeated(message, accepted.transfer, settings.strict))
      parts.changed()
      return statusOf(accepted.transfer)
    },
    async suspend(flowId) {
      await signalled(flowId, { event: 'suspended' })
    },
    async resume(flowId) {
      return statusOf(await signalled(flowId, { event: 'resumed' }))
    },
    async terminate(flowId, { reason }) {
      const told = reason === undefined ? '' : `: ${reason}`
      await signalled(flowId, { event: 'terminated', reason: `terminated by the control plane${told}`.slice(0, 1_000) })
    },
    async completed(flowId) {
      await signalled(flowId, { event: 'completed' })
    },
    async status(flowId) {
      const known = await flowOfProcess(engine, settings.id, flowId)
      return known === undefined ? undefined : statusOf(known)
    },
  }
}

/**
 * The flow that a repeated start is about.
 * @throws DataPlaneError 409 where it is another flow under the same id, or one that is over
 */
function repeated(message: FlowMessage, known: Transfer, strict: boolean): Transfer {
  const { flow, assetId: datasetId, processId } = known
  if (flow === undefined) throw new Error(`the transfer ${known.id} of the process ${processId} is no data flow`)
  const { messageId, agreementId, profile } = flow
  const state = flowState(known)
  const before = { state, message: { messageId, agreementId, datasetId, profile } }
  if (repeatOf('start', message, before, strict) !== 'conflict') return known
  const detail =
    known.state === 'ended'
      ? `The data flow of this process is over (${state}).`
      : 'This process has another data flow.'
  throw new DataPlaneError(409, 'flow-exists', detail)
}
