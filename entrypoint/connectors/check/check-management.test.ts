import { createServer, type Server } from 'node:net'
import { createServer as createHttpServer } from 'node:http'
import test, { type ExecutionContext } from 'ava'
import { checkManagement } from './check-management.ts'

// Real calls to real sockets: what Node, DNS and TLS say differs from what one would think they say.

async function portOf(t: ExecutionContext, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Outcomes of address, Management API and key, the hint, and what was seen of the fault. */
async function check(managementUrl: string) {
  const rows = await checkManagement({
    id: 'provider',
    dialect: 'http-provisioner',
    managementUrl,
    callbackAddress: `${managementUrl}/callback`,
    apiKey: 'secret-key',
  })
  const fault = rows.find(({ outcome }) => outcome === 'failed')
  return {
    outcomes: rows.map(({ name, outcome }) => `${name} ${outcome}`),
    hint: fault?.mend?.hint ?? '',
    seen: fault?.seen ?? '',
    text: JSON.stringify(rows),
  }
}

const away = ['address failed', 'management-api unknown', 'key unknown']
const wrongKey = ['address ok', 'management-api unknown', 'key failed']
const noApi = ['address ok', 'management-api failed', 'key unknown']

async function answering(t: ExecutionContext, status: number): Promise<string> {
  const server = createHttpServer((_, response) =>
    response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end('[]'),
  )
  return `http://127.0.0.1:${await portOf(t, server)}/management`
}

for (const [status, outcomes, hint] of [
  [401, wrongKey, /apiKey/],
  [403, wrongKey, /apiKey/],
  [404, noApi, /web\.http\.management\.path/],
  [405, noApi, /not mounted/],
  [302, noApi, /redirects/],
  [502, noApi, /in trouble/],
  [204, noApi, /Compare managementUrl/],
] as const) {
  test(`an answer ${status}`, async (t) => {
    const found = await check(await answering(t, status))
    t.deepEqual(found.outcomes, [...outcomes])
    t.regex(found.hint, hint)
    t.false(found.text.includes('secret-key'))
  })
}

test('a connector that is well', async (t) => {
  t.deepEqual((await check(await answering(t, 200))).outcomes, ['address ok', 'management-api ok', 'key ok'])
})

test('nothing listens', async (t) => {
  for (const host of ['127.0.0.1', 'localhost']) {
    const found = await check(`http://${host}:9/management`)
    t.deepEqual(found.outcomes, away)
    t.regex(found.hint, /Nothing listens at/, found.seen)
  }
})

test('a name that does not exist', async (t) => {
  const found = await check('http://no-such-host.invalid:19193/management')
  t.deepEqual(found.outcomes, away)
  t.regex(found.hint, /does not resolve/, found.seen)
})

test('TLS spoken to a server without it', async (t) => {
  const found = await check((await answering(t, 200)).replace('http:', 'https:'))
  t.deepEqual(found.outcomes, away)
  t.regex(found.hint, /does not speak TLS/, found.seen)
})

test('something that is no HTTP', async (t) => {
  const port = await portOf(
    t,
    createServer((socket) => socket.end('220 mail.example ESMTP\r\n').on('error', () => socket.destroy())),
  )
  const found = await check(`http://127.0.0.1:${port}/management`)
  t.deepEqual(found.outcomes, away)
  t.regex(found.hint, /does not speak HTTP/, found.seen)
})

test('a connection that is cut', async (t) => {
  const port = await portOf(
    t,
    createServer((socket) => socket.destroy()),
  )
  const found = await check(`http://127.0.0.1:${port}/management`)
  t.regex(found.hint, /does not speak HTTP/, found.seen)
})
