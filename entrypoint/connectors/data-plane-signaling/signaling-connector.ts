import type { SignalingSettings } from '../../../config/signaling.ts'
import type { Clock } from '../../../core/ports/clock.ts'
import type {
  Connector,
  Delivery,
  FlowDelivery,
  FlowMessage,
  ResultAddress,
  TransferProcess,
} from '../../../core/ports/connector.ts'
import type { Transfer } from '../../../core/transfer/transfer.ts'
import type { ControlPlane } from '../../../dps/client/control-plane.ts'
import type { Outcome } from '../../../dps/client/send.ts'
import type { FlowState, FlowStatus } from '../../../dps/data-plane.ts'
import { type ManagementApi, managementApi } from '../management-api.ts'
import { leasedMs, settleMs, terminateProcess } from '../terminate-process.ts'
import { unansweredCalls } from '../unanswered-calls.ts'
import { resultDataAddress } from './result-data-address.ts'

/** Pause until the control plane is looked at again that is still telling the consumer of the start. Milliseconds. */
const startingMs = 500
/** Pause until a suspended process is looked at again. Milliseconds. */
const suspendedMs = 5_000
/**
 * How long a process is in STARTED before it is completed. The consumer's control plane took its start a moment ago, and while it tells its
 * own data plane it refuses the completion for good: both sides would end TERMINATED. EDC looks for work once a second. Milliseconds.
 */
const takenInMs = 2_000
/** By how much the connector's clock may be ahead of ours and still be gone by. Milliseconds. */
const longestTakenInMs = 30_000
/** Pause until a process is looked at again that took its completion in the JSON-LD form. Milliseconds. */
const completedMs = 2_000
/**
 * How long it is tried to end a process through the JSON-LD form where nothing tells whether it is over, and wherever the control plane
 * says 401: one that was restarted does not know us until we have registered again. Milliseconds.
 */
const failingMs = 60_000

/** What a control plane is spoken to with. */
export interface SignalingParts {
  readonly client: ControlPlane
  readonly clock: Clock
  /** Called where the control plane does not know us: it may have been restarted, and have forgotten us. */
  readonly unknown: () => void
}

/**
 * A connector of the dialect `data-plane-signaling`: what we say to its control plane. Where its Management API is configured, the
 * process is looked at before each callback: `started` and `completed` that come twice, too early or too late do harm (seen on EDC
 * 0.18.0: a second `started` locks the process for a minute).
 */
export function signalingConnector(settings: SignalingSettings, parts: SignalingParts): Connector {
  const api = settings.management === undefined ? undefined : managed(settings, settings.management)
  const unanswered = unansweredCalls()
  return {
    id: settings.id,
    silent: api === undefined,
    transferProcess: async (processId) => api?.transferProcess(processId),
    agreement: async (agreementId) => api?.agreement(agreementId),
    async provisioned() {
      return { outcome: 'refused', reason: 'a control plane is told of data flows, not of provisioned resources' }
    },
    async tell(transfer, message, address) {
      if (api !== undefined && message.kind !== 'errored') {
        const { kind } = message
        const judged = await unanswered.look(transfer.processId, async () => {
          const process = await api.transferProcess(transfer.processId)
          return process === undefined ? forgotten : judge(kind, process, transfer, parts.clock.now())
        })
        if (judged !== undefined) return judged
      }
      const outcome = await unanswered.send(
        transfer.processId,
        () => parts.client.tell(message.kind, transfer.processId, statusOf(settings, transfer, message, address)),
        (came) => came.outcome !== 'unclear',
      )
      return delivery({ settings, ...parts, asked: api !== undefined }, transfer, message, outcome)
    },
    async terminate(processId, reason) {
      if (api !== undefined) return terminateProcess(api, processId, reason)
      if (settings.form === 'json-ld') return over // `errored` ends it there
      return {
        outcome: 'refused',
        reason: `no Management API is configured for it: end the transfer process ${processId} in the connector (${reason})`,
      }
    },
    async check() {
      await api?.check()
    },
  }
}

function managed(
  { signalingUrl }: SignalingSettings,
  { url: managementUrl, ...management }: NonNullable<SignalingSettings['management']>,
): ManagementApi {
  return managementApi({ ...management, managementUrl, callbackAddress: signalingUrl })
}

const forgotten: Delivery = { outcome: 'unknown' }
const over: Delivery = { outcome: 'over' }
const delivered: Delivery = { outcome: 'delivered' }

/** What a process's state says of a callback; `undefined`: it is to be sent. */
function judge(
  kind: 'started' | 'completed',
  process: TransferProcess,
  transfer: Transfer,
  now: number,
): Delivery | undefined {
  const { state } = process
  if (state === 'terminated') return over
  if (kind === 'started')
    switch (state) {
      case 'preparing':
        return { outcome: 'later', afterMs: settleMs }
      case 'awaiting':
        return undefined
      case 'provisioned':
      case 'started':
      case 'suspended':
        return delivered
      case 'completed':
        return over
    }
  switch (state) {
    case 'preparing':
    case 'awaiting':
    case 'provisioned':
      return { outcome: 'later', afterMs: startingMs }
    case 'started': {
      const early = untilTakenIn(process, transfer, now)
      return early > 0 ? { outcome: 'later', afterMs: early } : undefined
    }
    case 'suspended':
      return { outcome: 'later', afterMs: suspendedMs }
    case 'completed':
      return delivered
  }
}

/**
 * How long the start of a started process is still too young for its completion, by the connector's clock. Where that is plainly ahead
 * of ours, it is waited for by ours; where it is behind by more than the wait, nothing is waited for.
 * @returns milliseconds
 */
function untilTakenIn({ stateSince }: TransferProcess, { since }: Transfer, now: number): number {
  if (stateSince === undefined) return 0
  const left = stateSince + takenInMs - now
  if (left <= longestTakenInMs) return Math.min(takenInMs, Math.max(0, left))
  return Math.abs(now - since) > longestTakenInMs ? 0 : takenInMs
}

const states: Readonly<Record<FlowMessage['kind'], FlowState>> = {
  started: 'STARTED',
  completed: 'COMPLETED',
  errored: 'TERMINATED',
}

function statusOf(
  settings: SignalingSettings,
  { processId: flowId, flow }: Transfer,
  message: FlowMessage,
  address: ResultAddress | undefined,
): FlowStatus {
  return {
    flowId,
    state: states[message.kind],
    ...(address === undefined || flow === undefined ? {} : { dataAddress: resultDataAddress(address, settings, flow) }),
    ...(message.kind === 'errored' ? { error: message.reason } : {}),
  }
}

/**
 * What became of a callback, by its answer.
 * @throws Error where it is to be tried again later and later
 */
function delivery(
  {
    settings,
    clock,
    unknown,
    asked,
  }: SignalingParts & { readonly settings: SignalingSettings; readonly asked: boolean },
  transfer: Transfer,
  message: FlowMessage,
  outcome: Outcome,
): FlowDelivery {
  const { kind } = message
  switch (outcome.outcome) {
    case 'taken': {
      // EDC may send a start beside the one that is answered, and its answer overwrites the completion (seen on 0.10.0).
      const looksAgain = settings.form === 'json-ld' && asked && kind === 'completed'
      return looksAgain ? { outcome: 'later', afterMs: completedMs } : delivered
    }
    case 'unclear':
      if (asked || kind === 'errored') throw new Error(outcome.reason)
      return { outcome: 'unclear', reason: outcome.reason }
    case 'refused':
      if (kind === 'errored') return over
      // The consumer reads this: the control plane's own words are not for it.
      return { outcome: 'refused', reason: `the control plane answered ${kind} with ${outcome.status}` }
    case 'later': {
      const { status } = outcome
      if (status === 401) unknown()
      if (kind === 'errored' && status !== undefined) {
        const mayPass = status === 401 || (settings.form === 'json-ld' && !asked)
        const ends = mayPass && clock.now() < transfer.since + failingMs
        return ends ? { outcome: 'later', afterMs: leasedMs } : over
      }
      if (transfer.flow?.unclear === kind && isAnswerToSecond(kind, status)) return delivered
      if (asked && status === 409) return { outcome: 'later', afterMs: leasedMs }
      throw new Error(outcome.reason)
    }
  }
}

/**
 * Whether a callback is answered so that was taken before: of one whose answer was lost this tells that it was. EDC 0.18.0 breaks over a
 * second `started`, and says of a second `completed` that it is impossible now.
 */
function isAnswerToSecond(kind: FlowMessage['kind'], status: number | undefined): boolean {
  if (status === undefined) return false
  return status >= 500 || (kind === 'completed' && status === 409)
}
