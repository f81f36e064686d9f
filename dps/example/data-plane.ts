import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { anyCaller } from '../auth/check-caller.ts'
import { registration } from '../client/registration.ts'
import { memoryFlowStore } from '../flow/flow-store.ts'
import { type FlowWork, keepFlows } from '../flow/keep-flows.ts'
import { dataPlaneHandler } from '../server/handle.ts'
import { nodeListener } from '../server/node-listener.ts'

/** A provider's data plane for pulls: every flow gets a link with a token of its own, which works while the flow is STARTED. */
export function exampleDataPlane(url: string): Server {
  const start: FlowWork['start'] = async ({ processId, profile }) => {
    const properties = { authType: 'bearer', authorization: randomUUID() }
    const dataAddress = { endpointType: profile, endpoint: `${url}/data/${processId}`, properties }
    return { flowId: processId, state: 'STARTED', dataAddress }
  }
  const flows = keepFlows({ start }, { store: memoryFlowStore() })
  const handle = dataPlaneHandler({ dataPlane: flows, authenticate: anyCaller('provider'), onError: console.error })
  const signaling = nodeListener(handle, { base: '/dps/v1' })
  return createServer((request, response) => {
    const id = /^\/data\/([\w-]+)$/.exec(request.url ?? '')?.[1]
    if (id === undefined) return signaling(request, response)
    void flows.find(id).then((flow) => {
      const token = flow?.state === 'STARTED' ? flow.dataAddress?.properties['authorization'] : undefined
      if (token === undefined || request.headers.authorization !== `Bearer ${token}`)
        return response.writeHead(403).end()
      return response.end(`This is ${flow?.message.datasetId}.\n`)
    })
  })
}

if (import.meta.main) {
  exampleDataPlane('http://localhost:8090').listen(8090, 'localhost')
  const endpoint = 'http://localhost:8090/dps/v1/dataflows'
  const dataPlane = { dataplaneId: 'example', endpoint, profiles: ['Hello-PULL'] }
  const address = 'http://localhost:19193/management/v4' // the management API of an EDC 0.18
  registration({ address, headers: { 'x-api-key': 'password' }, dataPlane }).keep({ onOutcome: console.log })
}
