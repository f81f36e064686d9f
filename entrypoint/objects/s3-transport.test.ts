import { createServer, type RequestListener } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { pauseAskedBy } from '../../core/retry-after.ts'
import { eventually } from '../../test/support/eventually.ts'
import { s3Store } from './s3.ts'

/** An S3 service that does what a test says, and a store on it that waits no longer than 1.5 s. */
async function storeOn(t: ExecutionContext, listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const store = s3Store({
    endpoint,
    podEndpoint: endpoint,
    linkEndpoint: endpoint,
    stsEndpoint: endpoint,
    stsRole: undefined,
    region: 'us-east-1',
    bucket: 'bucket',
    accessKey: 'access',
    secretKey: 'secret-of-nobody',
    uploadUser: undefined,
    patience: { idleMs: 1_500, completeMs: 1_500 },
  })
  const connections = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)))
  return { store, connections }
}

const request = { writePrefix: 'jobs/x/', readKeys: [], readForeign: [], durationMs: 900_000 }

test('a store that says nothing holds up nobody: every kind of call ends', async (t) => {
  const { store } = await storeOn(t, () => undefined)
  const calls: readonly (() => Promise<unknown>)[] = [
    () => store.head('key'),
    () => store.put('key', 'text', 'text/plain'),
    () => store.open('key'),
    () => store.removeAll('prefix/'),
    () => Array.fromAsync(store.list('')),
    () => store.check(),
    () => store.time(),
    () => store.access(request),
  ]
  const begun = performance.now()
  await Promise.all(calls.map((call) => t.throwsAsync(call, { message: /said nothing for 1500 ms/ })))
  t.true(performance.now() - begun < 20_000)
})

test('a store that falls silent in the middle of an object is given up; a reader who takes his time is not', async (t) => {
  const whole = Buffer.alloc(300_000, 'x')
  const { store } = await storeOn(t, (asked, response) => {
    response.writeHead(200, { 'content-length': whole.length })
    if (asked.url?.includes('silent') === true) response.write(whole.subarray(0, 1_000))
    else response.end(whole)
  })
  const silent = await store.open('silent')
  await t.throwsAsync(Array.fromAsync(silent ?? []), { message: /said nothing/ })
  let size = 0
  for await (const chunk of (await store.open('slow')) ?? []) {
    if (size === 0) await pause(3_500)
    size += chunk.byteLength
  }
  t.is(size, whole.length)
})

test('how long the store wants to be left alone is told, with its own words, and no connection is held', async (t) => {
  const { store, connections } = await storeOn(t, (asked, response) => {
    asked.resume()
    response.writeHead(503, { 'retry-after': '7' })
    response.end('<Error><Code>SlowDown</Code><Message>reduce your request rate</Message></Error>')
  })
  for (let round = 0; round < 20; round += 1) {
    const error = await t.throwsAsync(store.put('key', 'text', 'text/plain'), { message: /SlowDown: reduce your/ })
    t.is(pauseAskedBy(error), 7_000)
  }
  t.true((await connections()) <= 2, `${await connections()} connections after 20 calls`)
  const access = await t.throwsAsync(store.access(request))
  t.is(pauseAskedBy(access), 7_000, 'the same for credentials')
})

test('a refusal because of our clock is told as such', async (t) => {
  const { store } = await storeOn(t, (_, response) => {
    response.writeHead(403, { date: new Date(Date.now() - 3_600_000).toUTCString() }).end()
  })
  await t.throwsAsync(store.check(), { message: /our clock and its clock are 60 minutes apart/ })
})

test('the time is the store’s own', async (t) => {
  const { store } = await storeOn(t, (_, response) => {
    response.writeHead(200, { date: new Date(Date.now() - 86_400_000).toUTCString() }).end()
  })
  await eventually('a day of difference', async () => {
    const time = (await store.time()) ?? 0
    return Math.abs(Date.now() - 86_400_000 - time) < 2_000 ? { done: true } : { pending: String(time) }
  })
  t.pass()
})

test('a 404 is believed when the store itself says it: to HEAD anybody in between may', async (t) => {
  let answer: readonly [status: number, body: string] = [404, '<html>no such host</html>']
  const { store } = await storeOn(t, (asked, response) => {
    if (asked.method === 'HEAD') response.writeHead(404).end()
    else response.writeHead(answer[0]).end(answer[1])
  })
  await t.throwsAsync(store.head('key'))
  await t.throwsAsync(store.open('key'))
  answer = [404, '']
  await t.throwsAsync(store.head('key'))
  await t.throwsAsync(store.open('key'))
  answer = [200, 'it is there']
  await t.throwsAsync(store.head('key'))
  answer = [404, '<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>none</Message></Error>']
  t.is(await store.head('key'), undefined)
  t.is(await store.open('key'), undefined)
})

test('credentials are taken back although a first try is refused by somebody in between; a store that does not let us is believed', async (t) => {
  const answers: (readonly [status: number, body: string])[] = []
  let asked = 0
  const { store } = await storeOn(t, (_, response) => {
    asked += 1
    const [status, body] = answers.shift() ?? [500, '']
    response.writeHead(status).end(body)
  })
  const withdraw = (...given: typeof answers): Promise<boolean | undefined> => {
    answers.splice(0, answers.length, ...given)
    asked = 0
    return store.withdraw?.(request) ?? Promise.resolve(undefined)
  }
  t.is(await withdraw([403, '<html>blocked</html>'], [204, '']), true)
  t.is(asked, 2)
  t.is(await withdraw([403, '{"Code":"AccessDenied","Message":"Access Denied."}']), false)
  t.is(await withdraw([404, '']), false)
  t.is(asked, 1)
  await t.throwsAsync(withdraw([503, ''], [403, '{"Code":"RequestTimeTooSkewed"}'], [500, '']), {
    message: /answered HTTP 500/,
  })
  t.is(asked, 3)
})
