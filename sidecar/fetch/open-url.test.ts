import { createServer } from 'node:net'
import type { RequestListener } from 'node:http'
import test, { type ExecutionContext } from 'ava'
import { listen, serve } from '../_server.test.ts'
import { never } from '../_task.test.ts'
import { TransientError } from '../retry.ts'
import { InputRefusal } from './input-refusal.ts'
import { openUrl, shownAddress } from './open-url.ts'

const times = { connectMs: 300, stallMs: 300, paceMs: 3000 }

async function download(url: string, allowedHosts: readonly string[]): Promise<string> {
  const { body } = await openUrl(url, allowedHosts, times, never)
  let text = ''
  for await (const chunk of body) text += Buffer.from(chunk).toString()
  return text
}

async function fails(
  t: ExecutionContext,
  kind: typeof InputRefusal | typeof TransientError,
  message: RegExp,
  url: string,
) {
  const error = await t.throwsAsync(download(url, [new URL(url).host]))
  t.true(error instanceof kind, `${error?.name}: ${error?.message}`)
  t.regex(error?.message ?? '', message)
}

test('downloads what the address serves, asking for it as it is', async (t) => {
  let asked: unknown
  const host = await serve(t, (request, response) => {
    asked = [request.url, request.headers.host, request.headers['accept-encoding']]
    response.end('contents')
  })
  t.is(await download(`http://${host}/a%20b?sig=x%2Fy`, [host]), 'contents')
  t.deepEqual(asked, ['/a%20b?sig=x%2Fy', host, 'identity'])
})

test('an address inside is refused, and nothing is sent to it', async (t) => {
  let asked = false
  const host = await serve(t, (_, response) => {
    asked = true
    response.end()
  })
  const error = await t.throwsAsync(download(`http://${host}/`, ['somewhere.example']))
  t.true(error instanceof InputRefusal)
  t.false(asked)
})

for (const [url, message] of [
  ['ftp://files.example/a', /begins with ftp:/],
  ['file:///etc/passwd', /begins with file:/],
  ['http://user:secret@127.0.0.1/', /holds a user name or password/],
  ['http://127.0.0.1@evil.example/', /holds a user name or password/],
  ['no address', /cannot be read/],
] as const) {
  test(`refuses ${url}`, async (t) => {
    const error = await t.throwsAsync(download(url, ['127.0.0.1']))
    t.true(error instanceof InputRefusal)
    t.regex(error?.message ?? '', message)
  })
}

const refusals: readonly (readonly [string, RegExp, RequestListener])[] = [
  ['404', /404 Not Found/, (_, response) => response.writeHead(404).end()],
  ['403', /403 Forbidden/, (_, response) => response.writeHead(403).end()],
  ['206', /206/, (_, response) => response.writeHead(206).end('part')],
  [
    'an encoding',
    /sends it encoded \(gzip\)/,
    (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(),
  ],
  ['a redirect to nowhere', /without saying where to/, (_, response) => response.writeHead(302).end()],
  [
    'a redirect to a file',
    /begins with file:/,
    (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  ],
  [
    'an endless redirect',
    /redirects more than 3 times/,
    (_, response) => response.writeHead(302, { location: '/again' }).end(),
  ],
]
for (const [what, message, listener] of refusals) {
  test(`refuses for good: ${what}`, async (t) => {
    await fails(t, InputRefusal, message, `http://${await serve(t, listener)}/`)
  })
}

const troubles: readonly (readonly [string, RegExp, RequestListener])[] = [
  ['503', /503/, (_, response) => response.writeHead(503).end()],
  ['429', /429/, (_, response) => response.writeHead(429).end()],
  ['a reset', /connection broke/, (request) => request.socket.destroy()],
  [
    'a body that ends early',
    /connection broke/,
    (_, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('half')
      setImmediate(() => response.socket?.end())
    },
  ],
  ['a server that says nothing', /nothing arrived for 0\.3 s/, () => undefined],
  ['a body that stalls', /nothing arrived for 0\.3 s/, (_, response) => response.writeHead(200).write('half')],
]
for (const [what, message, listener] of troubles) {
  test(`may be tried again: ${what}`, async (t) => {
    await fails(t, TransientError, message, `http://${await serve(t, listener)}/`)
  })
}

test('may be tried again: nobody listens', async (t) => {
  await fails(t, TransientError, /ECONNREFUSED/, 'http://127.0.0.1:1/')
})

test('may be tried again: a connection that never stands', async (t) => {
  // TLS is not answered, so the connection is made but never secure.
  const server = createServer()
  const sockets: { destroy(): void }[] = []
  server.on('connection', (socket) => sockets.push(socket))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const port = await listen(server)
  await fails(t, TransientError, /no connection within 0\.3 s|nothing arrived/, `https://127.0.0.1:${port}/`)
})

test('a redirect is followed to where the rules allow it, and checked anew', async (t) => {
  const target = await serve(t, (_, response) => response.end('moved here'))
  const from = await serve(t, (_, response) => response.writeHead(302, { location: `http://${target}/x` }).end())
  t.is(await download(`http://${from}/`, [from, target]), 'moved here')
  const error = await t.throwsAsync(download(`http://${from}/`, [from]))
  t.true(error instanceof InputRefusal)
  t.regex(error?.message ?? '', /not a public address/)
})

test('an unknown host is refused by name', async (t) => {
  const error = await t.throwsAsync(download('http://no-such-host.invalid/', []))
  t.regex(error?.message ?? '', /no host no-such-host\.invalid|does not resolve|did not resolve/)
})

test('a shown address has no query', (t) => {
  t.is(shownAddress('https://files.example/a?X-Amz-Signature=secret'), 'https://files.example/a?…')
  t.is(shownAddress('https://user:secret@files.example/a'), 'https://files.example/a')
})
