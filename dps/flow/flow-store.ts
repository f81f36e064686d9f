import type { DataAddress, FlowMessage, FlowState } from '../data-plane.ts'

/** A data flow as it is kept. It is plain data: a store may write it as JSON. Addresses may hold secrets. */
export interface KeptFlow {
  /** The process's id. */
  readonly flowId: string
  readonly controlPlaneId: string
  readonly began: 'prepare' | 'start'
  /** What began it; with PREPARED followed by a start, the start. */
  readonly message: FlowMessage
  readonly state: FlowState
  /** Our address (pull: the provider's; push: the consumer's), or the one that `started` or `resume` brought. */
  readonly dataAddress?: DataAddress
  readonly error?: string
  /** From 1, one more with every change. */
  readonly revision: number
}

/** Where flows are kept. */
export interface FlowStore {
  find(flowId: string): Promise<KeptFlow | undefined>
  /** Keeps a new flow; false, and nothing changes, where there is one of its id. */
  insert(flow: KeptFlow): Promise<boolean>
  /** Replaces the flow; false, and nothing changes, unless the one that is kept is of the revision before. */
  replace(flow: KeptFlow): Promise<boolean>
  remove(flowId: string): Promise<void>
}

/** Flows in memory, for examples and tests: they are gone with the process. */
export function memoryFlowStore(): FlowStore {
  const flows = new Map<string, KeptFlow>()
  return {
    find: async (flowId) => flows.get(flowId),
    async insert(flow) {
      if (flows.has(flow.flowId)) return false
      flows.set(flow.flowId, flow)
      return true
    },
    async replace(flow) {
      if (flows.get(flow.flowId)?.revision !== flow.revision - 1) return false
      flows.set(flow.flowId, flow)
      return true
    },
    async remove(flowId) {
      flows.delete(flowId)
    },
  }
}
