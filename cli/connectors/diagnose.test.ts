import { createServer, type Server } from 'node:net'
import { createServer as createHttpServer } from 'node:http'
import test, { type ExecutionContext } from 'ava'
import { checkConnector } from './check-connector.ts'

// Real calls to real sockets: what Node, DNS and TLS say differs from what one would think they say.

async function portOf(t: ExecutionContext, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function check(managementUrl: string) {
  return checkConnector({
    id: 'provider',
    dialect: 'http-provisioner',
    managementUrl,
    callbackAddress: `${managementUrl}/callback`,
    apiKey: 'secret-key',
  })
}

async function answering(t: ExecutionContext, status: number): Promise<string> {
  const server = createHttpServer((_, response) =>
    response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end('[]'),
  )
  return `http://127.0.0.1:${await portOf(t, server)}/management`
}

for (const [status, keyAccepted, hint] of [
  [401, false, /apiKey/],
  [403, false, /apiKey/],
  [404, undefined, /web\.http\.management\.path/],
  [405, undefined, /not mounted/],
  [302, undefined, /redirects/],
  [502, undefined, /in trouble/],
  [204, undefined, /Compare managementUrl/],
] as const) {
  test(`an answer ${status}`, async (t) => {
    const found = await check(await answering(t, status))
    t.like(found, { ok: false, reachable: true, keyAccepted })
    t.regex(found.fault?.hint ?? '', hint)
    t.false(JSON.stringify(found).includes('secret-key'))
  })
}

test('a connector that is well', async (t) => {
  t.deepEqual(await check(await answering(t, 200)).then(({ ok, fault }) => [ok, fault]), [true, undefined])
})

test('nothing listens', async (t) => {
  for (const host of ['127.0.0.1', 'localhost']) {
    const found = await check(`http://${host}:9/management`)
    t.like(found, { ok: false, reachable: false, keyAccepted: undefined })
    t.regex(found.fault?.hint ?? '', /Nothing listens at/, found.fault?.message ?? '')
  }
})

test('a name that does not exist', async (t) => {
  const found = await check('http://no-such-host.invalid:19193/management')
  t.is(found.reachable, false)
  t.regex(found.fault?.hint ?? '', /does not resolve/, found.fault?.message ?? '')
})

test('TLS spoken to a server without it', async (t) => {
  const found = await check((await answering(t, 200)).replace('http:', 'https:'))
  t.is(found.reachable, false)
  t.regex(found.fault?.hint ?? '', /does not speak TLS/, found.fault?.message ?? '')
})

test('something that is no HTTP', async (t) => {
  const port = await portOf(
    t,
    createServer((socket) => socket.end('220 mail.example ESMTP\r\n').on('error', () => socket.destroy())),
  )
  const found = await check(`http://127.0.0.1:${port}/management`)
  t.is(found.reachable, false)
  t.regex(found.fault?.hint ?? '', /does not speak HTTP/, found.fault?.message ?? '')
})

test('a connection that is cut', async (t) => {
  const port = await portOf(
    t,
    createServer((socket) => socket.destroy()),
  )
  const found = await check(`http://127.0.0.1:${port}/management`)
  t.regex(found.fault?.hint ?? '', /does not speak HTTP/, found.fault?.message ?? '')
})
