import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import test, { type ExecutionContext } from 'ava'
import Koa from 'koa'
import { eventually } from '../../test/support/eventually.ts'
import { httpServer } from '../../test/support/http-server.ts'
import { type Body, exactly, sendBody } from './send-body.ts'

/** Serves a body at a real listener and gives its address. */
function serving(
  t: ExecutionContext,
  length: number,
  make: (keep: (opened: Body) => Body) => Body,
  failed: (error: unknown) => void = () => undefined,
): Promise<string> {
  const app = new Koa()
  app.on('error', failed) // what is cut is logged by the service
  app.use((ctx) => {
    ctx.set('Content-Type', 'text/csv;header=present')
    sendBody(ctx, length, make)
  })
  const handle = app.callback()
  return httpServer(t, (request, response) => void handle(request, response))
}

async function* chunks(...list: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const one of list) yield Buffer.from(one)
}

test('what is announced is sent, with its length and type', async (t) => {
  const response = await fetch(await serving(t, 9, () => exactly(chunks('one', 'two', 'six'), 9, 'it')))
  t.is(response.headers.get('content-length'), '9')
  t.is(response.headers.get('content-type'), 'text/csv;header=present')
  t.is(await response.text(), 'onetwosix')
})

test('an error on the way cuts the connection', async (t) => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('one')
    yield Buffer.from('two')
    throw new Error('the store is gone')
  }
  const response = await fetch(await serving(t, 9, () => exactly(broken(), 9, 'it')))
  t.is(response.status, 200)
  await t.throwsAsync(response.text(), { message: 'terminated' })
})

test('a reader who has counted and goes is no failure', async (t) => {
  const failures: unknown[] = []
  async function* slowToEnd(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(100_000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const url = await serving(
    t,
    100_000,
    () => exactly(slowToEnd(), 100_000, 'it'),
    (error) => failures.push(error),
  )
  for (let times = 0; times < 20; times += 1) {
    const [response] = (await once(get(url, { agent: false }), 'response')) as [IncomingMessage]
    let bytes = 0
    for await (const chunk of response) {
      bytes += (chunk as Buffer).byteLength
      if (bytes === 100_000) response.destroy()
    }
    t.is(bytes, 100_000)
  }
  t.deepEqual(failures, [])
})

test('fewer bytes than announced cut the connection, rather than to leave it waiting', async (t) => {
  const url = await serving(t, 9, () => exactly(chunks('one', 'two'), 9, 'it'))
  await t.throwsAsync(async () => (await fetch(url)).text(), { message: /terminated|fetch failed/ })
})

test('more bytes than announced never pass for the whole', async (t) => {
  const url = await serving(t, 5, () => exactly(chunks('one', 'two'), 5, 'it'))
  await t.throwsAsync(async () => (await fetch(url)).text(), { message: /terminated|fetch failed/ })
})

test('the error says what has the wrong length', async (t) => {
  const read = (length: number) => Array.fromAsync(exactly(chunks('one', 'two'), length, 'jobs/1/sum.csv'))
  t.is((await read(6)).length, 2)
  t.deepEqual(await Array.fromAsync(exactly(chunks(), 0, 'nothing')), [])
  await t.throwsAsync(read(7), { message: /jobs\/1\/sum\.csv has 1 fewer bytes than announced \(7\)/ })
  await t.throwsAsync(read(5), { message: /jobs\/1\/sum\.csv has more bytes than announced \(5\)/ })
})

test('when the reader goes away, a source that says nothing any more is let go', async (t) => {
  const silent = new Readable({ objectMode: true, read: () => undefined })
  silent.push(Buffer.from('one'))
  silent.push(Buffer.from('two'))
  const url = await serving(t, 9, (keep) => exactly(keep(silent), 9, 'it'))
  const request = get(url)
  const [response] = (await once(request, 'response')) as [Readable]
  await once(response, 'data')
  t.false(silent.destroyed)
  request.destroy()
  await eventually('the source to be let go', () => (silent.destroyed ? { done: true } : { pending: 'it is open' }))
})

test('no more is read from the source than the reader takes', async (t) => {
  const piece = Buffer.alloc(65_536)
  const pieces = 2_000 // 125 MiB
  let read = 0
  async function* counting(): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < pieces; index += 1) {
      read += 1
      yield piece
    }
  }
  const length = pieces * piece.byteLength
  const [response] = (await once(
    get(await serving(t, length, () => exactly(counting(), length, 'it'))),
    'response',
  )) as [Readable]
  let before = -1
  await eventually(
    'the source to rest',
    () => {
      const rests = read === before
      before = read
      return rests ? { done: true } : { pending: `${read} pieces are read` }
    },
    { pauseMs: 300 },
  )
  t.true(read > 0 && read < pieces / 2, `${read} of ${pieces} pieces were read while nobody takes them`)
  t.is((await buffer(response)).byteLength, length)
})
