import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import Koa from 'koa'
import test, { type ExecutionContext } from 'ava'
import { problemSchema } from '../../test/support/problem.ts'
import { type Listener, listen } from './listener.ts'
import type { RefusedRequest } from './refuse-connection.ts'

interface Desk {
  readonly listener: Listener
  readonly refused: readonly RefusedRequest[]
}

async function desk(
  t: ExecutionContext,
  answer: (ctx: Koa.Context) => Promise<void> | void,
  requestTimeout = 60_000,
): Promise<Desk> {
  const app = new Koa()
  app.silent = true
  app.use(answer)
  const refused: RefusedRequest[] = []
  const listener = await listen(app, {
    host: '127.0.0.1',
    port: 0,
    setting: 'DSC_TEST_PORT',
    requestTimeout,
    refused: (request) => refused.push(request),
  })
  t.teardown(() => listener.close(0))
  return { listener, refused }
}

function open({ listener }: Desk): Socket {
  return connect(Number(new URL(listener.url).port), '127.0.0.1')
}

/** Sends text and reads until the other side closes. */
async function exchange(one: Desk, sent: string): Promise<string> {
  const socket = open(one)
  socket.write(sent, 'latin1')
  return text(socket)
}

/** The answers in what came, in order: their status, and their problem where they have one. */
function answersIn(came: string): readonly (readonly [status: number, code: string | undefined])[] {
  const parts = came.split(/(?=HTTP\/1\.1 \d{3})/).filter((part) => part !== '')
  return parts.map((part) => {
    const [head = '', body = ''] = part.split('\r\n\r\n')
    const status = Number(head.slice(9, 12))
    if (!/^content-type: application\/problem\+json/im.test(head)) return [status, undefined]
    const problem = problemSchema.parse(JSON.parse(body))
    if (problem.status !== status) throw new Error(`${status} with a body for ${problem.status}`)
    if (!head.includes(problem.requestId)) throw new Error('the header has another request id')
    return [status, problem.code]
  })
}

const ok = (ctx: Koa.Context): void => {
  ctx.body = 'ok'
}
const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

for (const [title, sent, status, code] of [
  ['no HTTP at all', 'hello\r\n\r\n', 400, 'malformed-request'],
  ['TLS where HTTP is spoken', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'malformed-request'],
  ['a header without a name', 'GET / HTTP/1.1\r\n: x\r\n\r\n', 400, 'malformed-request'],
  ['a header with a control character', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\x01b\r\n\r\n', 400, 'malformed-request'],
  ['another protocol', 'GET / HTTP/9.9\r\nHost: a\r\n\r\n', 400, 'malformed-request'],
  [
    'two lengths',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
    400,
    'malformed-request',
  ],
  [
    'a length and chunks',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
    'malformed-request',
  ],
  [
    'headers beyond the limit',
    `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    431,
    'headers-too-large',
  ],
  ['an address beyond the limit', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431, 'headers-too-large'],
  ['a tunnel', 'CONNECT example.org:443 HTTP/1.1\r\nHost: a\r\n\r\n', 405, 'method-not-allowed'],
] as const) {
  test(`${title} is answered as a problem, and the connection ends`, async (t) => {
    const one = await desk(t, ok)
    t.deepEqual(answersIn(await exchange(one, sent)), [[status, code]])
    t.deepEqual(
      one.refused.map(({ error }) => error.code),
      [code],
    )
  })
}

test('a request that does not arrive in time is answered as one', async (t) => {
  const one = await desk(t, ok, 200)
  t.deepEqual(answersIn(await exchange(one, 'GET / HTTP/1.1\r\nHost: a\r\n')), [[408, 'request-timeout']])
})

test('a body that breaks off its chunks is answered while its handler waits for more', async (t) => {
  const one = await desk(t, async (ctx) => {
    await text(ctx.req).catch(() => undefined)
    ctx.body = 'too late'
  })
  const sent = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n'
  t.deepEqual(answersIn(await exchange(one, sent)), [[400, 'malformed-request']])
})

test('requests before the broken one get their answers first', async (t) => {
  let release: () => void = () => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  const one = await desk(t, async (ctx) => {
    await held
    ctx.body = 'ok'
  })
  const answer = exchange(one, `${get}${get}nonsense\r\n\r\n`)
  setImmediate(release)
  t.deepEqual(answersIn(await answer), [
    [200, undefined],
    [200, undefined],
    [400, 'malformed-request'],
  ])
})

test('a connection on which a request was answered before is told as well', async (t) => {
  const one = await desk(t, ok)
  const socket = open(one)
  socket.write(get)
  await new Promise((resolve) => socket.once('readable', resolve))
  socket.write('nonsense\r\n\r\n')
  t.deepEqual(answersIn(await text(socket)), [
    [200, undefined],
    [400, 'malformed-request'],
  ])
})

test('an answer that has begun is cut off, never mixed with another', async (t) => {
  const one = await desk(t, async (ctx) => {
    ctx.respond = false
    ctx.res.writeHead(200, { 'Content-Length': 1000 })
    ctx.res.write('the first words')
    await text(ctx.req).catch(() => undefined)
  })
  const sent = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n'
  const socket = open(one)
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
  await new Promise((resolve) => socket.once('readable', resolve))
  socket.write(sent.slice(sent.indexOf('nonsense')))
  const came = await text(socket).catch(String)
  t.false(came.includes('problem+json'), came)
  t.deepEqual(one.refused, [])
})

test('a client that goes away is no request', async (t) => {
  const one = await desk(t, ok)
  const socket = open(one)
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n')
  await new Promise((resolve) => setImmediate(resolve))
  socket.resetAndDestroy()
  t.deepEqual(answersIn(await exchange(one, `${get}x\r\n\r\n`)), [
    [200, undefined],
    [400, 'malformed-request'],
  ])
  t.is(one.refused.length, 1)
})

test('an expectation nobody knows is not looked at', async (t) => {
  const one = await desk(t, ok)
  const came = await exchange(one, 'GET / HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\nConnection: close\r\n\r\n')
  t.deepEqual(answersIn(came), [[200, undefined]])
})
