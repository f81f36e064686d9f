import test from 'ava'
import { controlApi } from './control-api.ts'

const edc = 'https://w3id.org/edc/v0.0.1/ns/'
const address = { endpointType: 'HttpData', endpoint: 'http://us/in', properties: { path: 'p' } }

for (const [notice, status, path, body] of [
  ['completed', { state: 'COMPLETED' }, 'complete', undefined],
  ['errored', { state: 'TERMINATED', error: 'out of memory' }, 'fail', { errorMessage: 'out of memory' }],
  ['errored', { state: 'TERMINATED' }, 'fail', { errorMessage: 'The data plane failed.' }],
  ['started', { state: 'STARTED', dataAddress: address }, 'provisioned', undefined],
  ['prepared', { state: 'PREPARED' }, 'provisioned', undefined],
  [
    'prepared',
    { state: 'PREPARED', dataAddress: address },
    'provisioned',
    { properties: { [`${edc}type`]: 'HttpData', [`${edc}endpoint`]: 'http://us/in', [`${edc}path`]: 'p' } },
  ],
] as const) {
  test(`${notice} with ${JSON.stringify(status)} goes to /${path}`, async (t) => {
    const sent: unknown[] = []
    const client = controlApi({
      address: 'http://provider:9191/control/',
      fetch: (url, { method, body: text }) => {
        sent.push(`${method} ${url}`, text === undefined ? undefined : JSON.parse(text))
        return Promise.resolve(new Response(null, { status: 204 }))
      },
    })
    t.deepEqual(await client.tell(notice, 'p 1', { flowId: 'p 1', ...status }), { outcome: 'taken' })
    t.deepEqual(sent, [`POST http://provider:9191/control/transferprocess/p%201/${path}`, body])
  })
}
