import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import test from 'ava'
import Koa from 'koa'
import { listen } from '../../entrypoint/http/listener.ts'
import type { RegisteredRoute } from '../../entrypoint/access/route.ts'
import { receptionToken } from '../../entrypoint/receiving/token.ts'
import { secrets, startStage } from '../http/stage.ts'
import { seedReception } from '../receiving/seed.ts'
import { drip, endlessBodies } from './dripping-client.ts'

/** Requests that never come to an end. */
const beginnings = {
  'nothing at all': '',
  'half a request line': 'POST /connectors/provider/prov',
  'headers without end': 'GET /livez HTTP/1.1\r\nHost: a\r\nX-A: ',
  'a body that does not come':
    'POST /connectors/provider/provision HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
  'a chunk that does not come':
    'POST /connectors/provider/provision HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{',
}

async function opened(origin: string, begin: string): Promise<Socket> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1')
  socket.on('error', () => undefined) // the other side may cut it
  await once(socket, 'connect')
  if (begin !== '') socket.write(begin)
  return socket
}

test('while hundreds of clients dawdle on either listener, others are answered at once', async (t) => {
  const stage = await startStage()
  const sockets: Socket[] = []
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    await stage.close()
  })
  for (const origin of [stage.publicUrl, stage.adminUrl])
    for (const begin of Object.values(beginnings))
      sockets.push(...(await Promise.all(Array.from({ length: 50 }, () => opened(origin, begin)))))
  t.is(sockets.length, 500)
  for (const url of [`${stage.publicUrl}/livez`, `${stage.adminUrl}/livez`, `${stage.adminUrl}/api/v1/jobs`]) {
    const begin = performance.now()
    t.is((await fetch(url)).status, 200)
    t.true(performance.now() - begin < 30_000, url)
  }
})

for (const [late, status] of [
  ['request-timeout', 408],
  ['not-ready', 503],
] as const) {
  test(`clients that dawdle are cut off in time, where that is ${late}`, async (t) => {
    const app = new Koa()
    app.silent = true
    app.use(async (ctx) => {
      for await (const _ of ctx.req) if (ctx.req.destroyed) return
    })
    const listener = await listen(app, {
      host: '127.0.0.1',
      port: 0,
      setting: 'DSC_TEST_PORT',
      requestTimeout: 500,
      late,
      patient: (path) => path.startsWith('/received/'),
    })
    t.teardown(() => listener.close(0))
    await Promise.all(
      Object.entries(beginnings).map(async ([name, begin]) => {
        const started = performance.now()
        const answer = await text(await opened(listener.url, begin)).catch(() => '')
        t.true(performance.now() - started < 30_000, name)
        if (answer === '') return
        t.is(Number(answer.slice(9, 12)), status, `${name}: ${answer}`)
        t.is(/retry-after: \d+/i.test(answer), late === 'not-ready', name)
        t.true(answer.includes(`"code":"${late}"`), name)
      }),
    )
  })
}

/** An address of a route, of a connector that is there where it is for connectors, and of nothing that is there otherwise. */
function addressOf({ path }: RegisteredRoute, secret: string): string {
  return path
    .replaceAll('{/:secret}', secret)
    .replaceAll('*path', 'a.txt')
    .replace(/^\/connectors\/:id/, '/connectors/guarded')
    .replace(/^\/dataplanes\/:id/, '/dataplanes/guarded-plane')
    .replaceAll(/:\w+/g, 'nobody')
}

// The limits of the service itself, half a minute of them, as nothing shortens them.
test('no route lets a body without an end keep its connection; a push that is let in may take its time', async (t) => {
  const stage = await startStage({ DSC_ADMIN_TOKEN: secrets.adminToken })
  t.teardown(() => stage.close())
  const mostMs = 90_000
  const cases = [
    ...stage.routes.public.flatMap((one) =>
      // Who knows a connector's secret may send it messages, each in its time.
      (one.path.includes('{/:secret}') ? ['/wrong', `/${secrets.pathSecret}`] : ['']).map(
        (secret) => [stage.publicUrl, one.method, addressOf(one, secret)] as const,
      ),
    ),
    ...stage.routes.admin.map((one) => [stage.adminUrl, one.method, addressOf(one, '')] as const),
    ...[stage.publicUrl, stage.adminUrl].map((origin) => [origin, 'POST', '/nothing/here'] as const),
    ...['GET', 'DELETE'].map((method) => [stage.publicUrl, method, '/received/nobody/a.txt'] as const),
  ]
  const { id } = await seedReception(stage.store)
  const length = 36
  const begin = [
    `PUT /received/${id}/slow.txt HTTP/1.1`,
    'Host: a',
    `Authorization: Bearer ${receptionToken(secrets.tokenKey, id)}`,
    `Content-Length: ${length}`,
    'Connection: close',
  ].join('\r\n')
  const [push, ...others] = await Promise.all([
    drip(stage.publicUrl, { begin: `${begin}\r\n\r\n`, drop: 'x', everyMs: 1_000, mostMs }),
    ...cases.flatMap(([origin, method, path]) =>
      Object.entries(endlessBodies).map(async ([how, { headers, drop }]) => {
        const head = `${method} ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${headers}\r\n`
        const { keptMs } = await drip(origin, { begin: head, drop, everyMs: 2_000, mostMs })
        return { name: `${method} ${path} of ${how} on ${origin === stage.publicUrl ? 'public' : 'admin'}`, keptMs }
      }),
    ),
  ])
  t.regex(push.answer, /^HTTP\/1\.1 201 /)
  t.true((push.keptMs ?? 0) > 35_000)
  t.true(others.length > 200, `${others.length}`)
  t.deepEqual(
    others.filter(({ keptMs }) => keptMs === undefined || keptMs > 50_000),
    [],
  )
})
