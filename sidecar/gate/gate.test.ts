import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import test, { type ExecutionContext } from 'ava'
import { z } from 'zod'
import { eventually } from '../../test/support/eventually.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { SidecarFailure } from '../failure.ts'
import { type GateConditions, untilClosed, untilOpen } from './gate.ts'
import { nobody, type Watched } from './look.ts'
import { probe } from './probe.ts'
import { parseTarget, shownTarget, type Target } from './target.ts'

const times = { inARow: 3, pauseMs: 10, connectMs: 200, limitMs: 300 }
const never = new AbortController().signal
const unknown: Target = { host: 'no-such-host.invalid', port: 80 }

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

/** Waits until somebody came that often. */
async function looksMore({ count }: { count(): number }, times: number): Promise<void> {
  const wanted = count() + times
  await eventually(
    `${times} more looks`,
    () => (count() >= wanted ? { done: true } : { pending: `${wanted - count()} are missing` }),
    { deadlineMs: 10_000, pauseMs: 5 },
  )
}

/** Something that nobody listens at: the host says no. */
async function deadTarget(t: ExecutionContext): Promise<Target> {
  const { target, close } = await listener(t)
  await close()
  return target
}

/** Something that says nothing: its queue is full, so that no connection comes about and none is refused. */
async function silentTarget(t: ExecutionContext): Promise<Target> {
  const worker = new Worker(
    `const { createServer } = require('node:net')
     const { parentPort } = require('node:worker_threads')
     const server = createServer()
     server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
       parentPort.postMessage(server.address().port)
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
     })`,
    { eval: true },
  )
  t.teardown(() => worker.terminate())
  const [port] = z.tuple([z.number()]).parse(await once(worker, 'message'))
  const filling = Array.from({ length: 4 }, () => connect({ host: '127.0.0.1', port }).on('error', () => undefined))
  t.teardown(() => {
    for (const socket of filling) socket.destroy()
  })
  const target = { host: '127.0.0.1', port }
  for (let tries = 0; tries < 100; tries += 1) if ((await probe(target, 50, never)) === 'silent') return target
  throw new Error('the queue of the listener does not fill')
}

/** Where rules refuse what they forbid, they refuse connections to nobody as well. */
const refusing = async (t: ExecutionContext) => ({ reference: await deadTarget(t) })

test('what a connection comes to', async (t) => {
  const { target, close } = await listener(t)
  t.is(await probe(target, 1000, never), 'open')
  await close()
  t.is(await probe(target, 1000, never), 'refused')
  t.is(await probe(unknown, 2000, never), 'unresolved')
  t.is(await probe(await silentTarget(t), 200, never), 'silent')
})

test('the gate opens when everything was closed several times in a row, and not before', async (t) => {
  const [one, two] = [await listener(t), await listener(t)]
  const closed = [one.target, two.target]
  const opened = untilClosed({ closed, reached: [] }, { ...times, limitMs: 10_000 }, never, await refusing(t))
  let through = false
  void opened.then(() => (through = true))
  await one.close()
  await looksMore(two, 5)
  t.false(through, 'one of two is still open')
  await two.close()
  await opened
  t.true(through)
})

/** How a gate fails that is to see `closed` closed. */
async function failureOf(t: ExecutionContext, watched: Watched, conditions: GateConditions): Promise<string> {
  const error = await t.throwsAsync(untilClosed(watched, times, never, conditions), { instanceOf: SidecarFailure })
  t.is(error?.code, 'not-isolated')
  t.false(error?.final, 'the policies may come by the next attempt')
  return error?.message ?? ''
}

test('where something stays open the gate stays shut, and names it', async (t) => {
  const { target } = await listener(t)
  const said = await failureOf(t, { closed: [target], reached: [] }, await refusing(t))
  t.regex(said, new RegExp(`still reached 127\\.0\\.0\\.1:${target.port} after`))
})

test('where nobody listens nothing is closed: its host refuses, and no rule does', async (t) => {
  const [store, dead] = [await listener(t), await deadTarget(t)]
  const watched = { closed: [dead], reached: [store.target] }
  // Without rules connections to nobody are swallowed, or taken by whatever stands between.
  for (const [reference, said] of [
    [await silentTarget(t), new RegExp(`refused by 127\\.0\\.0\\.1:${dead.port} itself .* DSC_NETWORK_CANARY`)],
    [(await listener(t)).target, /still reached 127/],
  ] as const)
    t.regex(await failureOf(t, watched, { reference }), said)
  await t.notThrowsAsync(untilClosed(watched, times, never, await refusing(t)))
  t.regex(nobody.ipv4.host, /^198\.51\.100\./)
})

test('a server that comes back while the gate looks is seen: what was refused by its host did not count', async (t) => {
  const [store, away] = [await listener(t), await deadTarget(t)]
  const watched = { closed: [away], reached: [store.target] }
  const waiting = untilClosed(watched, { ...times, limitMs: 2000 }, never, { reference: await silentTarget(t) })
  const failed = t.throwsAsync(waiting, { message: new RegExp(`still reached 127\\.0\\.0\\.1:${away.port}`) })
  await looksMore(store, 4)
  await listener(t, away.port)
  await failed
})

test('an unknown name is not closed', async (t) => {
  const store = await listener(t)
  const conditions = await refusing(t)
  const said = await failureOf(t, { closed: [unknown], reached: [store.target] }, conditions)
  t.regex(said, /found no address of no-such-host\.invalid:80 .* DSC_NETWORK_CANARY/)
  // Where nothing may be reached names may be closed, too, but something must have an address.
  t.regex(await failureOf(t, { closed: [unknown], reached: [] }, conditions), /found no address/)
  const closed = [unknown, await silentTarget(t)]
  await t.notThrowsAsync(untilClosed({ closed, reached: [] }, times, never, conditions))
  await t.throwsAsync(untilClosed({ closed, reached: [store.target] }, times, never, conditions))
})

test('what reaches nothing shows nothing: a network that comes late opens no gate', async (t) => {
  const store = await deadTarget(t)
  const watched = { closed: [await silentTarget(t)], reached: [store] }
  const said = await failureOf(t, watched, await refusing(t))
  t.regex(said, new RegExp(`did not reach 127\\.0\\.0\\.1:${store.port} after .*networkPolicies\\.jobs\\.objectStore`))
  let through = false
  const waiting = untilClosed(watched, { ...times, connectMs: 50, limitMs: 10_000 }, never)
  void waiting.then(() => (through = true))
  t.false(through)
  const { count } = await listener(t, store.port)
  await waiting
  t.true(count() >= times.inARow, 'reached in every look that counts')
})

test('with nothing to be closed, the gate opens when the rest was reached once', async (t) => {
  const store = await listener(t)
  await untilClosed({ closed: [], reached: [store.target] }, times, never)
  t.is(store.count(), 1)
  t.regex(await failureOf(t, { closed: [], reached: [await deadTarget(t)] }, {}), /did not reach/)
})

test('without the label nothing counts as closed', async (t) => {
  const path = join(await temporaryFolder(t), 'labels')
  await writeFile(path, 'app="x"\ndataspace-compute/network="store"\n')
  const conditions = { ...(await refusing(t)), label: { path, label: 'dataspace-compute/network=none' } }
  const watched = { closed: [await deadTarget(t)], reached: [] }
  t.regex(await failureOf(t, watched, conditions), /not given the label dataspace-compute\/network=none/)
  await writeFile(path, 'app="x"\ndataspace-compute/network="none"\n')
  await t.notThrowsAsync(untilClosed(watched, times, never, conditions))
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
  const waiting = untilClosed({ closed: [target], reached: [] }, { ...times, limitMs: 60_000 }, stop.signal)
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
