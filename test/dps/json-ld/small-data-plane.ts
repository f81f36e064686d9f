import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { anyCaller } from '../../../dps/auth/check-caller.ts'
import type { FlowMessage, FlowStatus } from '../../../dps/data-plane.ts'
import { type KeptFlow, memoryFlowStore } from '../../../dps/flow/flow-store.ts'
import { keepFlows } from '../../../dps/flow/keep-flows.ts'
import { jsonLdHandler } from '../../../dps/json-ld/handle.ts'
import type { DataPlaneRequest } from '../../../dps/server/form.ts'
import { nodeListener } from '../../../dps/server/node-listener.ts'

/** What the data plane was asked for, with the process that it is about. */
export interface Call {
  readonly kind: 'start' | 'suspend' | 'resume' | 'terminate'
  readonly processId: string
}

/** A request of the control plane as it came. */
export interface Request {
  readonly path: string
  readonly body: unknown
}

/** A data plane on a port of its own: every flow starts at once, and a pull is served the same text. */
export interface SmallDataPlane {
  /** Where it is signalled to. */
  readonly url: string
  readonly calls: readonly Call[]
  /** Every request but heartbeats. */
  readonly requests: readonly Request[]
  /** How often the control plane asked whether it is there. */
  readonly heartbeats: () => number
  readonly flow: (processId: string) => Promise<KeptFlow | undefined>
  /** What happens to starts from now on: they wait for it, and are refused where it rejects. */
  onStart: (message: FlowMessage) => Promise<void>
  /** Whether starts are answered before they are done. */
  startsLater: boolean
  /** Such a start is done. */
  done(processId: string): Promise<FlowStatus>
  close(): Promise<void>
}

/** What it serves. */
export const served = 'computed'

/** Starts one. @param port a free one where it is absent */
export async function startSmallDataPlane(port = 0): Promise<SmallDataPlane> {
  const calls: Call[] = []
  const requests: Request[] = []
  let heartbeats = 0
  let base = ''
  const dataUrl = (processId: string) => `${base}/data/${processId}`
  const noted = (kind: Call['kind']) => async (processId: string) => {
    calls.push({ kind, processId })
  }
  const flows = keepFlows(
    {
      async start(message) {
        const { processId } = message
        calls.push({ kind: 'start', processId })
        await plane.onStart(message)
        return plane.startsLater ? { flowId: processId, state: 'STARTING' } : startedStatus(message, dataUrl(processId))
      },
      suspend: noted('suspend'),
      async resume(flowId) {
        calls.push({ kind: 'resume', processId: flowId })
        return { flowId, state: 'STARTED' }
      },
      terminate: noted('terminate'),
    },
    { store: memoryFlowStore() },
  )
  const handle = jsonLdHandler({ dataPlane: flows, authenticate: anyCaller('provider') })
  const signaling = nodeListener(
    (request: DataPlaneRequest) => {
      const { path, body } = request
      if (path === '/dataflows/check') heartbeats++
      else requests.push({ path, body })
      return handle(request)
    },
    { base: '/v1' },
  )
  const isOpen = async (processId: string, authorization: string | undefined) => {
    const flow = await flows.find(processId)
    return flow?.state === 'STARTED' && authorization === tokenOf(processId)
  }
  const server = createServer((request, response) => {
    const processId = /^\/data\/([^/]+)$/.exec(request.url ?? '')?.[1]
    if (processId === undefined) return signaling(request, response)
    isOpen(processId, request.headers.authorization).then(
      (open) => response.writeHead(open ? 200 : 403).end(open ? served : ''),
      () => response.destroy(),
    )
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a server that listens at a port has one
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const plane: SmallDataPlane = {
    url: `${base}/v1/dataflows`,
    calls,
    requests,
    heartbeats: () => heartbeats,
    flow: (processId) => flows.find(processId),
    onStart: () => Promise.resolve(),
    startsLater: false,
    async done(processId) {
      const flow = await flows.find(processId)
      if (flow === undefined) throw new Error(`there is no flow ${processId}`)
      const { dataAddress } = startedStatus(flow.message, dataUrl(processId))
      return flows.became(processId, 'started', dataAddress === undefined ? {} : { dataAddress })
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return plane
}

function startedStatus({ processId, profile }: FlowMessage, endpoint: string): FlowStatus {
  if (profile.endsWith('-PUSH')) return { flowId: processId, state: 'STARTED' }
  const properties = { authorization: tokenOf(processId), authType: 'bearer' }
  const dataAddress = { endpointType: 'https://w3id.org/idsa/v4.1/HTTP', endpoint, properties }
  return { flowId: processId, state: 'STARTED', dataAddress }
}

function tokenOf(processId: string): string {
  return `token-of-${processId}`
}
