import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { textServer } from '../../test/dps/sdk/text-server.ts'
import { httpServer } from '../../test/support/http-server.ts'
import { controlPlane } from './control-plane.ts'
import type { Fetch } from './send.ts'

const status = { flowId: 'p/1', state: 'STARTED' } as const

/** A control plane that answers everything with one status. */
async function answering(t: ExecutionContext, code: number, body = ''): Promise<string> {
  return httpServer(t, (_, response) => response.writeHead(code, { location: 'http://127.0.0.1:1/' }).end(body))
}

for (const notice of ['prepared', 'started', 'completed', 'errored'] as const)
  test(`${notice}: a status, posted to the process’s path below the address`, async (t) => {
    const seen: unknown[] = []
    const url = await textServer(t, (request, text, response) => {
      const body: unknown = JSON.parse(text)
      const { authorization, 'content-type': type } = request.headers
      seen.push(request.method, request.url, type, authorization, body)
      response.end()
    })
    const authorization = { header: async () => 'Bearer abc', refused: () => t.fail() }
    const outcome = await controlPlane({ address: `${url}/api/signaling/`, authorization }).tell(notice, 'p/1', status)
    t.deepEqual(outcome, { outcome: 'taken' })
    const [method, path, type, header, body] = seen
    t.deepEqual([method, path], ['POST', `/api/signaling/transfers/p%2F1/dataflow/${notice}`])
    t.deepEqual([type, header], ['application/json', 'Bearer abc'])
    t.like(body, { dataFlowId: 'p/1', state: 'STARTED' })
    t.regex((body as { messageId: string }).messageId, /^[0-9a-f-]{36}$/)
  })

for (const code of [200, 201, 204])
  test(`${code}: taken`, async (t) => {
    const address = await answering(t, code)
    t.deepEqual(await controlPlane({ address }).tell('started', 'p', status), { outcome: 'taken' })
  })

// What EDC 0.18 answers while it is not ready for a notice, and what passes by itself.
for (const code of [401, 404, 405, 408, 409, 425, 429, 500, 503])
  test(`${code}: later`, async (t) => {
    const address = await answering(t, code, 'why not')
    const outcome = await controlPlane({ address }).tell('started', 'p', status)
    t.like(outcome, { outcome: 'later', status: code })
    t.regex('reason' in outcome ? outcome.reason : '', new RegExp(`answered with ${code}: why not`))
  })

for (const code of [302, 400, 403, 410, 413, 415, 422])
  test(`${code}: refused, and no redirect is followed`, async (t) => {
    const address = await answering(t, code)
    t.like(await controlPlane({ address }).tell('started', 'p', status), { outcome: 'refused', status: code })
  })

for (const code of [502, 504])
  test(`${code}, the answer of a proxy: unclear`, async (t) => {
    const address = await answering(t, code)
    t.like(await controlPlane({ address }).tell('started', 'p', status), { outcome: 'unclear' })
  })

test('no answer in time: unclear', async (t) => {
  const address = await httpServer(t, () => undefined)
  t.like(await controlPlane({ address, timeoutMs: 50 }).tell('started', 'p', status), { outcome: 'unclear' })
})

test('a connection that breaks after the request: unclear', async (t) => {
  const address = await httpServer(t, (request) => request.socket.destroy())
  t.like(await controlPlane({ address }).tell('started', 'p', status), { outcome: 'unclear' })
})

test('nobody there: nothing was sent, so later', async (t) => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  const outcome = await controlPlane({ address: `http://127.0.0.1:${port}` }).tell('started', 'p', status)
  t.like(outcome, { outcome: 'later' })
  t.false('status' in outcome)
  t.regex('reason' in outcome ? outcome.reason : '', /ECONNREFUSED/)
})

test('no token: nothing was sent, so later', async (t) => {
  const address = await httpServer(t, () => t.fail())
  const authorization = {
    header: async () => {
      throw new Error('https://idp.example answered 500')
    },
    refused: () => undefined,
  }
  t.deepEqual(await controlPlane({ address, authorization }).tell('started', 'p', status), {
    outcome: 'later',
    reason: 'there is no token for the request: https://idp.example answered 500',
  })
})

test('a 401 is told to whoever keeps the token', async (t) => {
  let refusals = 0
  const authorization = { header: async () => 'Bearer old', refused: () => void refusals++ }
  await controlPlane({ address: await answering(t, 401), authorization }).tell('started', 'p', status)
  await controlPlane({ address: await answering(t, 500), authorization }).tell('started', 'p', status)
  t.is(refusals, 1)
})

test('fetch can be replaced', async (t) => {
  const asked: string[] = []
  const own: Fetch = async (url) => {
    asked.push(url)
    return new Response(null, { status: 200 })
  }
  await controlPlane({ address: 'https://cp.example', fetch: own }).tell('completed', 'p', status)
  t.deepEqual(asked, ['https://cp.example/transfers/p/dataflow/completed'])
})

test('a long answer becomes a short reason', async (t) => {
  const address = await answering(t, 400, 'x'.repeat(100_000))
  const outcome = await controlPlane({ address }).tell('started', 'p', status)
  t.true('reason' in outcome && outcome.reason.length < 1_200)
})
