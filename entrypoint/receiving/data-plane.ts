import { connectorAuthor } from '../../core/audit/entry.ts'
import { crash } from '../../core/crash-point.ts'
import { nextTask } from '../../core/reception/due.ts'
import {
  isFlowOver,
  type NewReception,
  preparedReception,
  type Reception,
  type ReceptionFlow,
} from '../../core/reception/reception.ts'
import type { ReceptionEvent } from '../../core/reception/transition.ts'
import {
  type Caller,
  type DataAddress,
  type DataPlane,
  DataPlaneError,
  type FlowMessage,
  type FlowState,
  type FlowStatus,
} from '../../dps/data-plane.ts'
import { flowTypeOf } from '../../dps/flow/flow-type.ts'
import { repeatOf } from '../../dps/flow/repeat.ts'
import { changeReception } from './change.ts'
import { destinationKind, offeredAddress } from './destination.ts'
import { parametersIn } from './parameters.ts'
import type { ReceivingParts } from './parts.ts'
import { readSource } from './source.ts'

/** The states of a flow in the words of the protocol. */
const states: Readonly<Record<ReceptionFlow, FlowState>> = {
  prepared: 'PREPARED',
  started: 'STARTED',
  suspended: 'SUSPENDED',
  completed: 'COMPLETED',
  terminated: 'TERMINATED',
}

/**
 * The consumer's role of Data Plane Signaling: flows in which we receive. A push is offered a place in our own storage; what is
 * fetched or pushed is verified and kept. Every signal is one durable write and is answered at once.
 */
export function receivingDataPlane(parts: ReceivingParts): DataPlane {
  const signal = async (flowId: string, { controlPlaneId }: Caller, event: ReceptionEvent): Promise<Reception> => {
    const { id } = await receptionOf(parts, flowId, controlPlaneId)
    const after = await changeReception(parts, id, event, connectorAuthor(controlPlaneId))
    if (after === undefined) throw unknownFlow(flowId)
    if ('kind' in after)
      throw new DataPlaneError(
        409,
        'impossible-now',
        `The flow is ${states[asFlow(after.from)]}: it cannot be ${event.type} now.`,
      )
    crash('reception-signal-kept')
    return after
  }
  return {
    async prepare(message, { controlPlaneId }) {
      checkIds(message)
      const known = (await parts.store.receptionOfProcess(controlPlaneId, message.processId))?.value
      if (known !== undefined) return repeated(parts, message, known)
      const mode = flowTypeOf(message.profile)
      if (mode === undefined)
        throw new DataPlaneError(422, 'profile-unknown', `${message.profile} does not end with -PULL or -PUSH.`)
      const { agreementId, datasetId, profile, messageId, counterPartyId } = message
      const parameters = parametersIn(message)
      const terms = {
        messageId,
        agreementId,
        assetId: datasetId,
        profile,
        ...(counterPartyId === undefined ? {} : { providerId: counterPartyId }),
        ...(parameters === undefined ? {} : { parameters }),
      }
      const { processId } = message
      const made: NewReception = {
        id: parts.ids.next(),
        connectorId: controlPlaneId,
        processId,
        mode,
        terms,
        ...(mode === 'push' ? { destination: destinationKind(parts, profile) } : {}),
      }
      // First, because it may fail: then the control plane is told to wait, since a refusal would end its transfer.
      const offer = parts.preparesLater(controlPlaneId, profile) ? 'later' : await offerNow(parts, made)
      const now = parts.clock.now()
      const reception = preparedReception(made, now, offer === 'later')
      const task = nextTask(reception, now)
      const wake = task === undefined ? [] : [{ kind: 'reception', key: reception.id, dueAt: task.at } as const]
      const kept = await parts.store.addReception(reception, wake)
      if (!kept.created) return repeated(parts, message, kept.reception.value)
      crash('reception-kept')
      parts.changed()
      const about = { receptionId: reception.id, connectorId: controlPlaneId, processId, mode, assetId: datasetId }
      parts.logger.info('reception prepared', about)
      return statusOf(reception, offer === 'later' ? undefined : offer)
    },
    async start() {
      throw new DataPlaneError(422, 'role-unknown', 'Only a provider’s data plane is started; here data is received.')
    },
    async started(flowId, { dataAddress }, caller) {
      const { id, mode, flow } = await receptionOf(parts, flowId, caller.controlPlaneId)
      const source = dataAddress === undefined || mode === 'push' ? undefined : readSource(dataAddress)
      if (typeof source === 'string') throw new DataPlaneError(422, 'address-unusable', source)
      // The address may yet come, with a resumption or with another start.
      if (source === undefined && mode === 'pull' && flow === 'prepared')
        parts.logger.warn('a pull has started without an address', { receptionId: id })
      const located = source === undefined ? {} : { source }
      // A connector may tell of a resumption as of a start.
      await signal(flowId, caller, { type: flow === 'suspended' ? 'resumed' : 'started', ...located })
    },
    async suspend(flowId, _message, caller) {
      const { id } = await signal(flowId, caller, { type: 'suspended' })
      parts.underWay.stop(id)
    },
    async resume(flowId, { dataAddress }, caller) {
      const { mode } = await receptionOf(parts, flowId, caller.controlPlaneId)
      const source = dataAddress === undefined || mode === 'push' ? undefined : readSource(dataAddress)
      if (typeof source === 'string') throw new DataPlaneError(422, 'address-unusable', source)
      return statusOf(await signal(flowId, caller, { type: 'resumed', ...(source === undefined ? {} : { source }) }))
    },
    async terminate(flowId, { reason }, caller) {
      const { id } = await signal(flowId, caller, { type: 'terminated', ...(reason === undefined ? {} : { reason }) })
      parts.underWay.stop(id)
    },
    async completed(flowId, caller) {
      await signal(flowId, caller, { type: 'completed' })
    },
    async status(flowId, { controlPlaneId }) {
      const known = isImpossible(flowId) ? undefined : await parts.store.receptionOfProcess(controlPlaneId, flowId)
      return known === undefined ? undefined : statusOf(known.value)
    },
  }
}

/** Longest id that is kept, in characters. */
const longestId = 512

/** Whether an id is one that was never kept: too long, or with what PostgreSQL cannot keep. */
function isImpossible(id: string): boolean {
  return id.length > longestId || /[\p{Cc}\p{Cs}]/u.test(id)
}

/** @throws DataPlaneError where an id is too long, or holds what PostgreSQL cannot keep */
function checkIds({ messageId, processId, agreementId, datasetId, profile, counterPartyId = '' }: FlowMessage): void {
  for (const [name, value] of Object.entries({ messageId, processId, agreementId, datasetId, profile, counterPartyId }))
    if (isImpossible(value))
      throw new DataPlaneError(
        422,
        'invalid-message',
        `${name} is longer than ${longestId} characters, or holds control characters.`,
      )
}

/** A prepare that came before is answered where the flow is now; one that contradicts it is refused. */
async function repeated(parts: ReceivingParts, message: FlowMessage, known: Reception): Promise<FlowStatus> {
  const { messageId, agreementId, assetId: datasetId, profile } = known.terms
  const flow = { state: states[known.flow], message: { messageId, agreementId, datasetId, profile } }
  if (repeatOf('prepare', message, flow) === 'conflict')
    throw new DataPlaneError(
      409,
      'flow-exists',
      `There is another flow of this processId, and it is ${states[known.flow]}.`,
    )
  const offer = isFlowOver(known) || known.owed === 'prepared' ? undefined : await offerNow(parts, known)
  if (offer === 'later')
    throw new DataPlaneError(503, 'destination-unavailable', 'The storage cannot be used right now.')
  return statusOf(known, offer)
}

/** The address that prepare answers; `later` where the object store does not give one right now. */
async function offerNow(
  parts: ReceivingParts,
  reception: Parameters<typeof offeredAddress>[1],
): Promise<DataAddress | undefined | 'later'> {
  try {
    return await offeredAddress(parts, reception)
  } catch (error) {
    parts.logger.warn('no destination could be made yet', { receptionId: reception.id, error })
    return 'later'
  }
}

async function receptionOf({ store }: ReceivingParts, flowId: string, connectorId: string): Promise<Reception> {
  if (isImpossible(flowId)) throw unknownFlow(flowId)
  const found = await store.receptionOfProcess(connectorId, flowId)
  if (found === undefined) throw unknownFlow(flowId)
  return found.value
}

function unknownFlow(flowId: string): DataPlaneError {
  return new DataPlaneError(404, 'flow-unknown', `There is no flow ${JSON.stringify(flowId)}.`)
}

function statusOf({ processId, flow, owed, failure }: Reception, dataAddress?: DataAddress): FlowStatus {
  return {
    flowId: processId,
    state: owed === 'prepared' ? 'PREPARING' : states[flow],
    ...(dataAddress === undefined ? {} : { dataAddress }),
    ...(failure === undefined ? {} : { error: failure.message }),
  }
}

function asFlow(from: string): ReceptionFlow {
  return Object.hasOwn(states, from) ? (from as ReceptionFlow) : 'prepared' // oxlint-disable-line typescript/no-unsafe-type-assertion -- one of its names
}
