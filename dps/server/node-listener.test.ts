import test from 'ava'
import { httpServer } from '../../test/support/http-server.ts'
import type { DataPlaneRequest } from './form.ts'
import { nodeListener } from './node-listener.ts'

test('a request is handed over with the path below the base and the parsed body', async (t) => {
  const seen: DataPlaneRequest[] = []
  const url = await httpServer(
    t,
    nodeListener(
      async (request) => {
        seen.push(request)
        return { status: 202, headers: { 'content-type': 'application/json', location: '/x' }, body: { said: 'ö' } }
      },
      { base: '/dps/v1' },
    ),
  )
  const response = await fetch(`${url}/dps/v1/dataflows/a%2Fb/status?q=1`, { method: 'POST', body: '{"a":["ü"]}' })
  t.is(response.status, 202)
  t.is(response.headers.get('location'), '/x')
  t.deepEqual(await response.json(), { said: 'ö' })
  t.like(seen[0], { method: 'POST', path: '/dataflows/a%2Fb/status?q=1', body: { a: ['ü'] } })
  await (await fetch(`${url}/dps/v1/x`)).text()
  t.is(seen[1]?.body, undefined)
})

test('outside the base there is nothing; no JSON and too long a body are refused', async (t) => {
  const url = await httpServer(
    t,
    nodeListener(async () => ({ status: 200, headers: {} }), { base: '/dps', maximumBytes: 100_000 }),
  )
  t.is((await fetch(`${url}/other/dataflows`)).status, 404)
  t.is((await fetch(`${url}/dpsx/dataflows`)).status, 404)
  const bad = await fetch(`${url}/dps/x`, { method: 'POST', body: '{' })
  t.is(bad.status, 400)
  t.like(await bad.json(), { code: 'invalid-json' })
  const long = await fetch(`${url}/dps/x`, { method: 'POST', body: 'x'.repeat(100_001) })
  t.is(long.status, 400)
  t.like(await long.json(), { code: 'body-too-large' })
  t.is((await fetch(`${url}/dps/x`, { method: 'POST', body: `"${'x'.repeat(99_998)}"` })).status, 200)
})
