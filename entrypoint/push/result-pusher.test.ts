import test from 'ava'
import type { Result } from '../../core/job/job.ts'
import { requestedTransfer, type Transfer } from '../../core/transfer/transfer.ts'
import { httpAddress, stageOf } from '../../test/push/stage.ts'
import { recordingSink } from '../../test/push/recording-sink.ts'
import { PushFailed, resultPusher, type PusherOptions, type ResultPusher } from './result-pusher.ts'

const hour = 3_600_000
const forever = new AbortController().signal

function transferOf(consumerId: string, now: number): Transfer {
  const flow = {
    type: 'push',
    start: 'async',
    messageId: 'm',
    agreementId: 'a',
    consumerId,
    profile: 'HttpData-PUSH',
  } as const
  const transfer = { id: 't', connectorId: 'c', processId: 'p', definitionId: 'd', assetId: 'a', jobId: 'job-1', flow }
  return requestedTransfer(transfer, now)
}

function pusherOf(stage: Awaited<ReturnType<typeof stageOf>>, options: Partial<PusherOptions> = {}): ResultPusher {
  return resultPusher({ ...stage.parts, clock: { now: Date.now }, patienceMs: hour, atOnce: 4, ...options })
}

test('what was delivered is said so', async (t) => {
  const sink = await recordingSink(t)
  const stage = await stageOf(t, { a: 'x' })
  const result: Result = stage.result
  const push = { transfer: transferOf('c', Date.now()), result, destination: httpAddress(sink.url), signal: forever }
  t.like(await pusherOf(stage).push(push), { outcome: 'delivered' })
})

test('a pause that is asked for is kept; without one it fails, so that the engine waits longer and longer', async (t) => {
  const headers: Record<string, string> = { 'retry-after': '9' }
  const sink = await recordingSink(t, (request, response) => {
    request.resume().on('end', () => response.writeHead(503, headers).end())
    return Promise.resolve()
  })
  const stage = await stageOf(t, { a: 'x' })
  const push = {
    transfer: transferOf('c', Date.now()),
    result: stage.result,
    destination: httpAddress(sink.url),
    signal: forever,
  }
  t.deepEqual(await pusherOf(stage).push(push), { outcome: 'later', afterMs: 9_000 })
  delete headers['retry-after']
  await t.throwsAsync(pusherOf(stage).push(push), { instanceOf: PushFailed, message: /answered 503/ })
})

test('a destination that does not take it in all the time there is, is refused with its last reason', async (t) => {
  const sink = await recordingSink(t, (request, response) => {
    request.resume().on('end', () => response.writeHead(503).end())
    return Promise.resolve()
  })
  const stage = await stageOf(t, { a: 'x' })
  const transfer = transferOf('c', Date.now() - 2 * hour)
  const push = { transfer, result: stage.result, destination: httpAddress(sink.url), signal: forever }
  t.deepEqual(await pusherOf(stage, { patienceMs: 2 * hour }).push(push), {
    outcome: 'refused',
    reason:
      'The destination did not take the result within 2 hours. The result was not delivered: the destination answered 503.',
  })
})

test('one consumer’s slow destination leaves turns to others, and the end of the service ends it', async (t) => {
  const held = Promise.withResolvers<void>()
  const slow = await recordingSink(t, () => {
    held.resolve()
    return Promise.resolve()
  })
  const quick = await recordingSink(t)
  const stage = await stageOf(t, { a: 'x' })
  const pusher = pusherOf(stage, { atOnce: 2 })
  const to = (consumer: string, url: string) =>
    pusher.push({
      transfer: transferOf(consumer, Date.now()),
      result: stage.result,
      destination: httpAddress(url),
      signal: forever,
    })
  const waiting = to('slow', slow.url)
  await held.promise
  t.deepEqual(await to('slow', quick.url), { outcome: 'later', afterMs: 2_000 })
  t.like(await to('other', quick.url), { outcome: 'delivered' })
  pusher.stop()
  t.deepEqual(await waiting, { outcome: 'later', afterMs: 2_000 })
  t.deepEqual(await to('other', quick.url), { outcome: 'later', afterMs: 2_000 })
  t.is(quick.received.length, 1)
})
