import test from 'ava'
import { DataPlaneError } from '../data-plane.ts'
import { jsonLdForm } from './form.ts'

const start = { '@type': 'DataFlowStartMessage', processId: 'p', agreementId: 'a', datasetId: 'd', flowType: 'PULL' }
const provision = { ...start, '@type': 'DataFlowProvisionMessage' }
const read = (method: string, path: string, body?: unknown) => jsonLdForm.read({ method, path, headers: {}, body })

for (const [method, path, body, operation] of [
  ['POST', '/dataflows', start, { kind: 'start' }],
  ['POST', '/dataflows', provision, { kind: 'prepare' }],
  ['POST', '/dataflows/start', start, { kind: 'start' }],
  ['POST', '/dataflows/prepare', provision, { kind: 'prepare' }],
  ['POST', '/dataflows/p%2F1/suspend', {}, { kind: 'suspend', flowId: 'p/1' }],
  ['POST', '/dataflows/p/terminate?x=1', undefined, { kind: 'terminate', flowId: 'p' }],
  ['GET', '/dataflows/p/state', undefined, { kind: 'status', flowId: 'p' }],
] as const) {
  test(`${method} ${path} of a ${body?.['@type' as never] ?? 'signal'} is ${operation.kind}`, (t) => {
    t.like(read(method, path, body), { is: 'operation', operation })
  })
}

test('the heartbeat is answered without asking the data plane', (t) => {
  t.deepEqual(read('GET', '/dataflows/check'), { is: 'answer', response: { status: 204, headers: {} } })
})

test('paths that are not there, and methods that are not taken', (t) => {
  for (const path of ['/', '/dataflow', '/dataflows/', '/dataflows/p/resume', '/dataflows/p/state/x', '/controlplanes'])
    t.deepEqual(read('POST', path, start), { is: 'unknown-path' }, path)
  t.deepEqual(read('GET', '/dataflows'), { is: 'wrong-method', allowed: ['POST'] })
  t.deepEqual(read('GET', '/dataflows/p/suspend'), { is: 'wrong-method', allowed: ['POST'] })
  t.deepEqual(read('POST', '/dataflows/check'), { is: 'wrong-method', allowed: ['GET'] })
})

test('an id that is none is refused', (t) => {
  t.throws(() => read('GET', '/dataflows/%zz/state'), { instanceOf: DataPlaneError })
})

test('EDC takes 200 and 204 only for a success, so a start that is not done is 200, too', (t) => {
  const status = { flowId: 'p', state: 'STARTING' } as const
  t.is(jsonLdForm.write({ kind: 'status', flowId: 'p' }, status).status, 200)
  t.is(jsonLdForm.write({ kind: 'resume', flowId: 'p', message: {} }, status).status, 200)
  t.deepEqual(jsonLdForm.write({ kind: 'suspend', flowId: 'p', message: {} }, undefined), { status: 204, headers: {} })
})
