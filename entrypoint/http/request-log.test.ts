import { Router } from '@koa/router'
import test from 'ava'
import { appServer } from '../../test/support/app-server.ts'
import { route } from '../access/route.ts'

const router = new Router()
router.get('/connectors/:id{/:secret}', route('/connectors/:id', 'anyone'), (ctx) => {
  ctx.body = 'ok'
})
router.get('/livez', route('health', 'anyone'), (ctx) => {
  ctx.body = 'ok'
})

test('a request is logged by its route, never by its path, query or headers: those hold secrets', async (t) => {
  const { url, log } = await appServer(t, router)
  await fetch(`${url}/connectors/provider/top-secret?token=top-secret`, {
    headers: { Authorization: 'Bearer top-secret' },
  })
  t.is(log.length, 1)
  t.like(log[0], {
    level: 'info',
    message: 'request',
    fields: { listener: 'test', method: 'GET', route: '/connectors/:id', status: 200 },
  })
  t.true(Number.isInteger(log[0]?.fields['milliseconds']))
  t.false(JSON.stringify(log).includes('top-secret'))
})

test('a request that met no route is logged as such', async (t) => {
  const { url, log } = await appServer(t, router)
  await fetch(`${url}/top-secret`)
  t.like(log[0], { fields: { route: 'none', status: 404 } })
  t.false(JSON.stringify(log).includes('top-secret'))
})

test('health checks are not logged', async (t) => {
  const { url, log } = await appServer(t, router)
  await fetch(`${url}/livez`)
  t.deepEqual(log, [])
})

test('the client is who is connected, unless that is a trusted proxy', async (t) => {
  const headers = { 'X-Forwarded-For': '1.1.1.1, 192.0.2.1' }
  for (const [trustedProxies, client] of [
    [[], '127.0.0.1'],
    [['127.0.0.0/8'], '192.0.2.1'],
  ] as const) {
    const { url, log } = await appServer(t, router, 'internal', { trustedProxies })
    await fetch(`${url}/connectors/provider`, { headers })
    t.like(log[0], { fields: { client } })
  }
})
