import test from 'ava'
import { DataPlaneError } from '../data-plane.ts'
import { memoryFlowStore } from '../flow/flow-store.ts'
import { keepFlows } from '../flow/keep-flows.ts'
import { jsonLdHandler } from './handle.ts'

const start = { '@type': 'DataFlowStartMessage', processId: 'p', agreementId: 'a', datasetId: 'd', flowType: 'PULL' }
const dataAddress = { endpointType: 'HttpData', endpoint: 'https://us/p', properties: { authorization: 't' } }

function dataPlane() {
  const calls: string[] = []
  const flows = keepFlows(
    {
      async start({ processId }) {
        calls.push('start')
        return { flowId: processId, state: 'STARTED', dataAddress }
      },
      async suspend() {
        calls.push('suspend')
      },
      async resume(flowId) {
        calls.push('resume')
        return { flowId, state: 'STARTED' }
      },
    },
    { store: memoryFlowStore() },
  )
  const handle = jsonLdHandler({
    dataPlane: flows,
    authenticate: () => Promise.resolve({ controlPlaneId: 'provider' }),
  })
  const post = (path: string, body?: unknown) => handle({ method: 'POST', path, headers: {}, body })
  return { calls, post, flows }
}

test('a start for a suspended flow is a resume, with the address it had', async (t) => {
  const { calls, post } = dataPlane()
  const first = await post('/dataflows', start)
  await post('/dataflows/p/suspend', {})
  const again = await post('/dataflows', start)
  t.is(again.status, 200)
  t.deepEqual(again.body, first.body)
  t.deepEqual(calls, ['start', 'suspend', 'resume'])
})

test('a start that is repeated is answered as before, and begins nothing', async (t) => {
  const { calls, post } = dataPlane()
  const first = await post('/dataflows', start)
  t.deepEqual(await post('/dataflows', start), first)
  t.deepEqual(calls, ['start'])
})

test('a flow that is over is not begun again', async (t) => {
  const { post } = dataPlane()
  await post('/dataflows', start)
  t.is((await post('/dataflows/p/terminate')).status, 204)
  t.is((await post('/dataflows/p/terminate')).status, 204, 'twice is once')
  t.is((await post('/dataflows', start)).status, 409)
})

test('what is refused is told in words', async (t) => {
  const handle = jsonLdHandler({
    dataPlane: {
      ...dataPlane().flows,
      start: () => Promise.reject(new DataPlaneError(422, 'no', 'TOP must be an integer.')),
    },
    authenticate: () => Promise.resolve({ controlPlaneId: 'provider' }),
  })
  t.like(await handle({ method: 'POST', path: '/dataflows', headers: {}, body: start }), {
    status: 422,
    body: { code: 'no', detail: 'TOP must be an integer.' },
  })
})
