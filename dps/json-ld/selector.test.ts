import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { selector } from './selector.ts'

const edc = 'https://w3id.org/edc/v0.0.1/ns/'
const dataPlane = {
  id: 'compute',
  url: 'http://compute/v1/dataflows',
  sourceTypes: ['ComputeAsset'],
  transferTypes: ['HttpData-PULL', 'HttpData-PUSH', 'AmazonS3-PUSH'],
}
const shown = {
  '@id': 'compute',
  '@type': `${edc}DataPlaneInstance`,
  '@context': { '@vocab': edc },
  url: dataPlane.url,
  allowedSourceTypes: 'ComputeAsset',
  allowedTransferTypes: dataPlane.transferTypes.toReversed(),
  state: 'AVAILABLE',
}

/** A selector that shows one answer and keeps what it is sent. */
async function server(t: ExecutionContext, status: number, body: unknown, registering = 200) {
  const requests: { readonly method: string; readonly path: string; readonly body: unknown }[] = []
  const listening = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      requests.push({
        method: request.method ?? '',
        path: request.url ?? '',
        body: text === '' ? undefined : JSON.parse(text),
      })
      if (request.method === 'GET') response.writeHead(status).end(JSON.stringify(body))
      else response.writeHead(registering).end('{}')
    })
  })
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    listening.closeAllConnections()
    listening.close()
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a server that listens at a port has one
  const { port } = listening.address() as AddressInfo
  return { requests, registration: selector({ address: `http://127.0.0.1:${port}/control/v1/`, dataPlane }) }
}

test('what is there as it should be is left alone', async (t) => {
  const { requests, registration } = await server(t, 200, [{ ...shown, '@id': 'another' }, shown])
  t.deepEqual(await registration.register(), { outcome: 'taken' })
  t.deepEqual(
    requests.map(({ method, path }) => `${method} ${path}`),
    ['GET /control/v1/dataplanes'],
  )
})

for (const [why, instances] of [
  ['nothing is there', []],
  ['another url', [{ ...shown, url: 'http://compute:2/v1/dataflows' }]],
  ['fewer transfer types', [{ ...shown, allowedTransferTypes: 'HttpData-PULL' }]],
  ['other source types', [{ ...shown, allowedSourceTypes: ['ComputeAsset', 'HttpData'] }]],
  ['it was away', [{ ...shown, state: 'UNAVAILABLE' }]],
  ['it was unregistered', [{ ...shown, state: 'UNREGISTERED' }]],
  ['another one is there', [{ ...shown, '@id': 'another' }]],
] as const) {
  test(`it registers: ${why}`, async (t) => {
    const { requests, registration } = await server(t, 200, instances)
    t.deepEqual(await registration.register(), { outcome: 'taken' })
    t.deepEqual(requests[1], {
      method: 'POST',
      path: '/control/v1/dataplanes',
      body: {
        '@context': { '@vocab': edc },
        '@type': 'DataPlaneInstance',
        '@id': 'compute',
        url: dataPlane.url,
        allowedSourceTypes: ['ComputeAsset'],
        allowedTransferTypes: dataPlane.transferTypes,
        allowedDestTypes: ['HttpData', 'AmazonS3'],
      },
    })
  })
}

test('an EDC that shows nothing is registered with every time', async (t) => {
  const { requests, registration } = await server(t, 405, {})
  await registration.register()
  await registration.register()
  t.deepEqual(
    requests.map(({ method }) => method),
    ['GET', 'POST', 'GET', 'POST'],
  )
})

test('trouble of the control plane is a reason to come back, and nothing is registered over it', async (t) => {
  const { requests, registration } = await server(t, 503, 'starting')
  t.like(await registration.register(), { outcome: 'later' })
  t.is(requests.length, 1)
})

test('a registration that is refused says why', async (t) => {
  const { registration } = await server(t, 200, [], 400)
  t.like(await registration.register(), { outcome: 'refused', status: 400 })
})
