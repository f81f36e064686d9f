import { writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { SidecarFailure } from '../failure.ts'
import { untilClosed, untilOpen } from './gate.ts'
import { isOpen } from './probe.ts'
import { parseTarget, shownTarget, type Target } from './target.ts'

const times = { inARow: 3, pauseMs: 10, connectMs: 200, limitMs: 300 }
const never = new AbortController().signal

/** Something that listens until it is closed; counts who came. */
async function listener(t: ExecutionContext, port = 0) {
  let connections = 0
  const server: Server = createServer((socket) => {
    connections += 1
    socket.on('error', () => undefined).destroy()
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
  t.teardown(close)
  const target: Target = { host: '127.0.0.1', port: address.port }
  return { target, close, count: () => connections }
}

test('open is what accepts a connection; closed what refuses or swallows it', async (t) => {
  const { target, close } = await listener(t)
  t.true(await isOpen(target, 1000, never))
  await close()
  t.false(await isOpen(target, 1000, never))
  t.false(await isOpen({ host: 'no-such-host.invalid', port: 80 }, 2000, never))
})

test('the gate opens when everything was closed several times in a row, and not before', async (t) => {
  const [one, two] = [await listener(t), await listener(t)]
  const opened = untilClosed([one.target, two.target], { ...times, limitMs: 10_000 }, never)
  let through = false
  void opened.then(() => (through = true))
  await one.close()
  const before = two.count()
  while (two.count() < before + 5) await new Promise((resolve) => setImmediate(resolve))
  t.false(through, 'one of two is still open')
  await two.close()
  await opened
  t.true(through)
})

test('where something stays open the gate stays shut, and names it', async (t) => {
  const { target } = await listener(t)
  const error = await t.throwsAsync(untilClosed([target], times, never), { instanceOf: SidecarFailure })
  t.is(error?.code, 'not-isolated')
  t.regex(error?.message ?? '', new RegExp(`still reached 127\\.0\\.0\\.1:${target.port} after`))
  t.false(error?.final, 'the policies may come by the next attempt')
})

test('without the label nothing counts as closed', async (t) => {
  const path = join(await temporaryFolder(t), 'labels')
  await writeFile(path, 'app="x"\ndataspace-compute/network="store"\n')
  const label = { path, label: 'dataspace-compute/network=none' }
  const { target, close } = await listener(t)
  await close()
  const error = await t.throwsAsync(untilClosed([target], times, never, label), { instanceOf: SidecarFailure })
  t.regex(error?.message ?? '', /not given the label dataspace-compute\/network=none/)
  await writeFile(path, 'app="x"\ndataspace-compute/network="none"\n')
  await t.notThrowsAsync(untilClosed([target], times, never, label))
})

test('what waits for an address goes on when it opens', async (t) => {
  const { target, close } = await listener(t)
  await close()
  const opened = untilOpen(target, times, never)
  await listener(t, target.port)
  await t.notThrowsAsync(opened)
})

test('a gate that is told to stop stops', async (t) => {
  const { target } = await listener(t)
  const stop = new AbortController()
  const waiting = untilClosed([target], { ...times, limitMs: 60_000 }, stop.signal)
  stop.abort()
  await t.throwsAsync(waiting)
})

test('addresses of targets', (t) => {
  for (const [text, host, port, shown] of [
    ['10.96.0.1:443', '10.96.0.1', 443, '10.96.0.1:443'],
    ['minio.store.svc:9000', 'minio.store.svc', 9000, 'minio.store.svc:9000'],
    ['[fd00::1]:443', 'fd00::1', 443, '[fd00::1]:443'],
    ['fd00::1:443', 'fd00::1', 443, '[fd00::1]:443'],
  ] as const) {
    t.deepEqual(parseTarget(text), { host, port })
    t.is(shownTarget(parseTarget(text)), shown)
  }
  for (const text of ['$(KUBERNETES_SERVICE_HOST):443', 'host', 'host:', 'host:0', 'host:70000', ':443', 'a b:1'])
    t.throws(() => parseTarget(text), { instanceOf: SidecarFailure, message: /expected host:port/ }, text)
})
