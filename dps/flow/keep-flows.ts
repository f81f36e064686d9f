import {
  type Caller,
  type DataAddress,
  type DataPlane,
  DataPlaneError,
  type FlowMessage,
  type FlowStatus,
} from '../data-plane.ts'
import type { FlowStore, KeptFlow } from './flow-store.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { repeatOf } from './repeat.ts'
import { type FlowEvent, transition } from './transition.ts'

/**
 * What a data plane does, without the keeping: whatever of it is needed. A data plane without `prepare` has no consumer's side, one without
 * `start` no provider's side; the other methods do nothing where they are absent.
 *
 * Each is called only when the flow is in the right state, one at a time for a flow. What it does should be repeatable: a crash
 * right after it brings the same call again.
 */
export type FlowWork = Partial<Omit<DataPlane, 'status'>>

/** What is new about a flow. */
export interface FlowChange {
  readonly dataAddress?: DataAddress
  readonly error?: string
}

/** A data plane that keeps its flows. */
export interface KeptFlows extends DataPlane {
  find(flowId: string): Promise<KeptFlow | undefined>
  /**
   * Notes what happened to a flow outside of a message: `started` after an asynchronous start, `completed` after a push. Tell the control
   * plane first, and note it once it has taken the notice: until then a repeated start is answered with STARTING, as it must be.
   * It waits for calls that are under way for this flow, so those must not wait for it.
   * @throws DataPlaneError 404 `unknown-flow`, or 409 `wrong-state`, for example because the flow has been terminated meanwhile
   */
  became(flowId: string, event: FlowEvent, change?: FlowChange): Promise<FlowStatus>
}

/** How flows are kept. */
export interface KeepingFlows {
  readonly store: FlowStore
  /** See {@link repeatOf}. Default false. */
  readonly strictRepeats?: boolean
}

/** Makes a data plane of work alone: repeated messages, the state machine and whose flow it is are taken care of. */
export function keepFlows(work: FlowWork, { store, strictRepeats = false }: KeepingFlows): KeptFlows {
  const inTurn = oneAtATime()

  const known = async (flowId: string, caller: Caller): Promise<KeptFlow> => {
    const flow = await store.find(flowId)
    if (flow === undefined || flow.controlPlaneId !== caller.controlPlaneId) throw unknownFlow()
    return flow
  }

  /** Notes an event in the store, on top of whatever another replica noted meanwhile. */
  const note = async (flowId: string, event: FlowEvent, change: Partial<KeptFlow>): Promise<KeptFlow> => {
    for (;;) {
      const flow = await store.find(flowId)
      if (flow === undefined) throw unknownFlow()
      const result = transition(flow.state, event)
      if (result.outcome === 'refused') throw wrongState(flow, event)
      const changed = { ...flow, ...change, state: result.state, revision: flow.revision + 1 }
      if (await store.replace(changed)) return changed
    }
  }

  const begin = (kind: 'prepare' | 'start', message: FlowMessage, caller: Caller): Promise<FlowStatus> =>
    inTurn(message.processId, async () => {
      const act = work[kind]?.bind(work)
      if (act === undefined)
        throw new DataPlaneError(422, 'side-not-offered', `This data plane does not take part in ${kind}.`)
      const flowId = message.processId
      const before = await store.find(flowId)
      const repeat = repeatOf(kind, message, before, strictRepeats)
      if (repeat === 'conflict' || (before !== undefined && before.controlPlaneId !== caller.controlPlaneId))
        throw new DataPlaneError(409, 'flow-exists', 'There is another data flow of this process, or it is over.')
      // One that is INITIALIZED has been begun, and the program ended before it was known what came of it.
      if (before !== undefined && repeat === 'repeated' && before.state !== 'INITIALIZED') return statusOf(before)
      const fresh: KeptFlow = {
        flowId,
        controlPlaneId: caller.controlPlaneId,
        began: kind,
        message,
        state: 'INITIALIZED',
        revision: 1,
      }
      if (before === undefined && !(await store.insert(fresh))) throw busy()
      let status: FlowStatus
      try {
        status = await act(message, caller)
      } catch (error) {
        if (before === undefined) await store.remove(flowId) // refused: there is no flow, and the next try is a first one
        throw error
      }
      return statusOf(await note(flowId, eventOf(kind, status), { message, ...changeOf(status) }))
    })

  /** A signal: checked, done, noted; one that came already is left at that. */
  const signal = <T extends FlowChange>(
    flowId: string,
    caller: Caller,
    event: FlowEvent,
    act: (flow: KeptFlow) => Promise<T>,
  ): Promise<KeptFlow> =>
    inTurn(flowId, async () => {
      const flow = await known(flowId, caller)
      const result = transition(flow.state, event)
      if (result.outcome === 'refused') throw wrongState(flow, event)
      if (result.outcome === 'unchanged') return flow
      return note(flowId, event, await act(flow))
    })

  return {
    find: (flowId) => store.find(flowId),
    became: (flowId, event, change = {}) => inTurn(flowId, async () => statusOf(await note(flowId, event, change))),
    prepare: (message, caller) => begin('prepare', message, caller),
    start: (message, caller) => begin('start', message, caller),
    async started(flowId, message, caller) {
      await signal(flowId, caller, 'started', async () => {
        await work.started?.(flowId, message, caller)
        return addressOf(message)
      })
    },
    async suspend(flowId, message, caller) {
      await signal(flowId, caller, 'suspended', async () => {
        await work.suspend?.(flowId, message, caller)
        return {}
      })
    },
    async resume(flowId, message, caller) {
      const flow = await signal(flowId, caller, 'resumed', async () => {
        const status = await work.resume?.(flowId, message, caller)
        return status === undefined ? addressOf(message) : changeOf(status)
      })
      return statusOf(flow)
    },
    async terminate(flowId, message, caller) {
      await signal(flowId, caller, 'terminated', async () => {
        await work.terminate?.(flowId, message, caller)
        return message.reason === undefined ? {} : { error: message.reason }
      })
    },
    async completed(flowId, caller) {
      await signal(flowId, caller, 'completed', async () => {
        await work.completed?.(flowId, caller)
        return {}
      })
    },
    async status(flowId, caller) {
      const flow = await store.find(flowId)
      return flow?.controlPlaneId === caller.controlPlaneId ? statusOf(flow) : undefined
    },
  }
}

function statusOf({ flowId, state, dataAddress, error }: KeptFlow): FlowStatus {
  return {
    flowId,
    state,
    ...(dataAddress === undefined ? {} : { dataAddress }),
    ...(error === undefined ? {} : { error }),
  }
}

function changeOf({ dataAddress, error }: FlowStatus): FlowChange {
  return { ...(dataAddress === undefined ? {} : { dataAddress }), ...(error === undefined ? {} : { error }) }
}

function addressOf({ dataAddress }: { readonly dataAddress?: DataAddress }): FlowChange {
  return dataAddress === undefined ? {} : { dataAddress }
}

function eventOf(kind: 'prepare' | 'start', { state }: FlowStatus): FlowEvent {
  if (kind === 'prepare' && state === 'PREPARED') return 'prepared'
  if (kind === 'prepare' && state === 'PREPARING') return 'preparing'
  if (kind === 'start' && state === 'STARTED') return 'started'
  if (kind === 'start' && state === 'STARTING') return 'starting'
  throw new Error(`the data plane answered ${kind} with ${state}`)
}

function unknownFlow(): DataPlaneError {
  return new DataPlaneError(404, 'unknown-flow', 'There is no data flow of this id.')
}

function wrongState({ state }: KeptFlow, event: FlowEvent): DataPlaneError {
  return new DataPlaneError(409, 'wrong-state', `The data flow is ${state}, so it cannot be ${event}.`)
}

function busy(): DataPlaneError {
  return new DataPlaneError(503, 'flow-busy', 'This data flow is being begun elsewhere at the moment.')
}
