import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { ExecutionContext } from 'ava'
import { anyCaller } from '../../../dps/auth/check-caller.ts'
import { controlPlane } from '../../../dps/client/control-plane.ts'
import { tellUntilTaken } from '../../../dps/client/tell-until-taken.ts'
import type { DataAddress, FlowMessage, FlowStatus } from '../../../dps/data-plane.ts'
import { memoryFlowStore } from '../../../dps/flow/flow-store.ts'
import { flowTypeOf } from '../../../dps/flow/flow-type.ts'
import { keepFlows, type KeptFlows } from '../../../dps/flow/keep-flows.ts'
import { dataPlaneHandler } from '../../../dps/server/handle.ts'
import { nodeListener } from '../../../dps/server/node-listener.ts'

/** Agreements whose flows begin asynchronously, and those whose data plane says `completed` by itself. */
export const agreements = { asynchronous: 'async', completing: 'complete' } as const

/**
 * A data plane made of the protocol package alone, in both roles, for the technology compatibility kit: it moves nothing, and begins and
 * ends flows as their agreement says.
 * @param controlPlaneUrl where callbacks go
 * @returns its base address
 */
export async function startSubject(t: ExecutionContext, controlPlaneUrl: string): Promise<string> {
  const stop = new AbortController()
  const tasks = new Set<Promise<unknown>>()
  const kit = controlPlane({ address: controlPlaneUrl, timeoutMs: 5_000 })
  const tell = async (notice: 'prepared' | 'started' | 'completed', status: FlowStatus): Promise<void> => {
    const { outcome } = await tellUntilTaken({
      controlPlane: kit,
      notice,
      processId: status.flowId,
      status,
      signal: stop.signal,
      firstMs: 50,
      longestMs: 200,
    })
    if (outcome === 'taken') await flows.became(status.flowId, notice)
  }
  const later = (work: () => Promise<void>): void => {
    const task = work().finally(() => tasks.delete(task))
    task.catch((error: unknown) => t.log(String(error)))
    tasks.add(task)
  }
  const flows: KeptFlows = keepFlows(
    {
      prepare: async (message) => {
        const push = flowTypeOf(message.profile) === 'push'
        return begin(message, 'PREPARING', 'PREPARED', push ? address(message) : undefined)
      },
      start: async (message) => {
        const pull = flowTypeOf(message.profile) !== 'push'
        const status = begin(message, 'STARTING', 'STARTED', pull ? address(message) : undefined)
        if (message.agreementId === agreements.completing) completeOnce(message.processId)
        return status
      },
      started: async (flowId) => {
        const flow = await flows.find(flowId)
        if (flow?.message.agreementId === agreements.completing) completeOnce(flowId)
      },
    },
    { store: memoryFlowStore() },
  )

  function begin(
    { processId, agreementId }: FlowMessage,
    before: 'PREPARING' | 'STARTING',
    after: 'PREPARED' | 'STARTED',
    dataAddress: DataAddress | undefined,
  ): FlowStatus {
    const given = dataAddress === undefined ? {} : { dataAddress }
    const done: FlowStatus = { flowId: processId, state: after, ...given }
    if (agreementId !== agreements.asynchronous) return done
    later(() => tell(after === 'STARTED' ? 'started' : 'prepared', done))
    return { flowId: processId, state: before }
  }

  function completeOnce(flowId: string): void {
    later(() => tell('completed', { flowId, state: 'COMPLETED' }))
  }

  const handle = dataPlaneHandler({
    dataPlane: flows,
    authenticate: anyCaller('kit'),
    onError: (error) => t.log(error),
  })
  const server = createServer(nodeListener(handle, { base: '/dps/v1' }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    stop.abort()
    await Promise.allSettled(tasks)
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('the data plane has no address')
  return `http://127.0.0.1:${bound.port}/dps/v1`
}

function address({ processId, profile }: FlowMessage): DataAddress {
  return {
    endpointType: profile,
    endpoint: `https://data.invalid/${processId}`,
    properties: { authType: 'bearer', authorization: randomUUID() },
  }
}
