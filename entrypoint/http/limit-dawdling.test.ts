import { once } from 'node:events'
import { connect } from 'node:net'
import Koa from 'koa'
import test, { type ExecutionContext } from 'ava'
import { type Drip, drip, endlessBodies } from '../../test/access/dripping-client.ts'
import { listen } from './listener.ts'

const requestTimeout = 400
const mostMs = 60_000
const drops: Omit<Drip, 'begin' | 'drop'> = { everyMs: 20, mostMs }
const large = 'x'.repeat(50_000_000)

/** Answers by the path: whether it is patient, then what it does. */
async function desk(t: ExecutionContext): Promise<string> {
  const app = new Koa()
  app.silent = true
  app.use(async (ctx) => {
    const act = ctx.path.split('/').at(-1)
    if (act === 'large') ctx.body = large
    if (act === 'refuse') ctx.status = 403
    if (act === 'hang') await new Promise<void>((resolve) => ctx.req.once('close', resolve))
    if (act !== 'read' && act !== 'peek') return
    let size = 0
    for await (const chunk of ctx.req) {
      size += (chunk as Buffer).byteLength
      if (act === 'peek') break
    }
    if (act === 'peek') ctx.status = 413
    else ctx.body = String(size)
  })
  const listener = await listen(app, {
    host: '127.0.0.1',
    port: 0,
    setting: 'DSC_TEST_PORT',
    requestTimeout,
    late: 'not-ready',
    patient: (path) => path.startsWith('/patient/'),
  })
  t.teardown(() => listener.close(0))
  return listener.url
}

for (const kind of ['patient', 'other']) {
  for (const [act, status] of [
    ['refuse', 403],
    ['peek', 413],
    ['hang', 503],
  ] as const) {
    for (const [how, { headers, drop }] of Object.entries(endlessBodies)) {
      test(`a body of ${how} that goes on beside ${act} at a ${kind} address: answered, and cut off in time`, async (t) => {
        const begin = `PUT /${kind}/${act} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`
        const { answer, keptMs } = await drip(await desk(t), { ...drops, begin, drop })
        t.regex(answer, new RegExp(`^(HTTP/1.1 100 Continue\r\n\r\n)?HTTP/1.1 ${status} `))
        t.is(answer.match(/HTTP\/1\.1 [2-5]/g)?.length, 1, answer)
        t.not(keptMs, undefined, 'it is cut off')
        if (status !== 503) t.true((keptMs ?? 0) >= 300, 'there is time to hear the answer')
      })
    }
  }
}

test('an endless body behind other requests of the same connection is cut off as well', async (t) => {
  for (const act of ['refuse', 'hang']) {
    const before = 'GET /other/ok HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(3)
    const begin = `${before}PUT /patient/${act} HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n`
    const { answer, keptMs } = await drip(await desk(t), { ...drops, begin, drop: 'x' })
    t.deepEqual(
      answer.match(/HTTP\/1\.1 \d+/g)?.map((line) => Number(line.slice(9))),
      [404, 404, 404, act === 'refuse' ? 403 : 503],
    )
    t.not(keptMs, undefined, 'it is cut off')
  }
})

test('what is read at a patient address may take its time, and the connection stays for the next', async (t) => {
  const socket = connect(Number(new URL(await desk(t)).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  for (let round = 0; round < 2; round += 1) {
    let answer = ''
    const take = (chunk: Buffer) => (answer += chunk.toString())
    socket.on('data', take)
    socket.write('PUT /patient/read HTTP/1.1\r\nHost: a\r\nContent-Length: 60\r\n\r\n')
    const started = performance.now()
    let sent = 0
    const drop = setInterval(() => {
      socket.write('x')
      sent += 1
      if (sent === 60) clearInterval(drop)
    }, requestTimeout / 15)
    while (!answer.endsWith('60')) await once(socket, 'data', { signal: AbortSignal.timeout(mostMs) })
    socket.off('data', take)
    t.true(performance.now() - started > 3 * requestTimeout)
    t.regex(answer, /^HTTP\/1\.1 200 /)
  }
})

test('who looks for the answer only after a large body finds the refusal behind it', async (t) => {
  const url = await desk(t)
  for (const kind of ['patient', 'other']) {
    const answer = await fetch(`${url}/${kind}/refuse`, { method: 'PUT', body: large })
    t.is(answer.status, 403)
  }
})

test('an answer that nobody takes is not kept for ever, one that is taken slowly is', async (t) => {
  const url = await desk(t)
  const ask = async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    t.teardown(() => socket.destroy())
    socket.on('error', () => undefined) // the other side may cut it
    await once(socket, 'connect')
    socket.write('GET /other/large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    return socket
  }
  const slow = await ask()
  let taken = 0
  slow.on('data', (chunk: Buffer) => {
    taken += chunk.byteLength
    slow.pause()
    setTimeout(() => slow.resume(), 2)
  })
  const idle = await ask()
  await once(slow, 'close', { signal: AbortSignal.timeout(60_000) })
  t.true(taken > large.length)
  let came = 0
  idle.on('data', (chunk: Buffer) => (came += chunk.byteLength))
  await once(idle, 'close', { signal: AbortSignal.timeout(mostMs) })
  t.true(came < large.length, 'it was cut off before it was looked at')
})
