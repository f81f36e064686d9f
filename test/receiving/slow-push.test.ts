import { once } from 'node:events'
import { connect } from 'node:net'
import Koa from 'koa'
import test from 'ava'
import { listen } from '../../entrypoint/http/listener.ts'

test('a request to a patient path may take longer than the others, which are cut as always', async (t) => {
  const app = new Koa()
  app.silent = true
  app.use(async (ctx) => {
    let size = 0
    for await (const chunk of ctx.req) size += (chunk as Buffer).byteLength
    ctx.body = String(size)
  })
  const listener = await listen(app, {
    host: '127.0.0.1',
    port: 0,
    setting: 'DSC_TEST_PORT',
    requestTimeout: 300,
    late: 'not-ready',
    patient: (path) => path.startsWith('/received/'),
  })
  t.teardown(() => listener.close(0))
  const { port } = new URL(listener.url)
  /** Sends the head and half of the body; what comes back, and how to send the rest. */
  const begin = async (path: string) => {
    const socket = connect(Number(port), '127.0.0.1')
    await once(socket, 'connect')
    let answer = ''
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
    socket.write(`PUT ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nConnection: close\r\n\r\n12345`)
    return { socket, closed: once(socket, 'close'), answer: () => answer }
  }
  const slow = await begin('/received/a/b')
  const late = await begin('/connectors/a')
  await late.closed
  t.regex(late.answer(), /^HTTP\/1\.1 503 /)
  t.regex(late.answer(), /not-ready/)
  t.is(slow.answer(), '')
  slow.socket.write('67890')
  await slow.closed
  t.regex(slow.answer(), /^HTTP\/1\.1 200 [^]*10$/)
})

test('connections that are kept are measured by each of their requests', async (t) => {
  const app = new Koa()
  app.use((ctx) => void (ctx.body = 'ok'))
  const listener = await listen(app, {
    host: '127.0.0.1',
    port: 0,
    setting: 'DSC_TEST_PORT',
    requestTimeout: 200,
    patient: () => false,
  })
  t.teardown(() => listener.close(0))
  for (let count = 0; count < 3; count += 1) t.is(await (await fetch(listener.url)).text(), 'ok')
})
