import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import test from 'ava'
import Koa from 'koa'
import { listen } from '../../entrypoint/http/listener.ts'
import { startStage } from '../http/stage.ts'

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
    t.true(performance.now() - begin < 5_000, url)
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
    })
    t.teardown(() => listener.close(0))
    await Promise.all(
      Object.entries(beginnings).map(async ([name, begin]) => {
        const started = performance.now()
        const answer = await text(await opened(listener.url, begin)).catch(() => '')
        t.true(performance.now() - started < 10_000, name)
        if (answer === '') return
        t.is(Number(answer.slice(9, 12)), status, `${name}: ${answer}`)
        t.is(/retry-after: \d+/i.test(answer), late === 'not-ready', name)
        t.true(answer.includes(`"code":"${late}"`), name)
      }),
    )
  })
}
