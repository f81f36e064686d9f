import test, { type ExecutionContext } from 'ava'
import { textServer } from '../../test/dps/sdk/text-server.ts'
import { eventually } from '../../test/support/eventually.ts'
import type { KeepingOptions } from './keep.ts'
import { registration } from './registration.ts'
import type { Outcome } from './send.ts'

const dataPlane = { dataplaneId: 'dp 1', endpoint: 'http://dp.example/dps/v1/dataflows', profiles: ['Compute-PULL'] }
const wire = { ...dataPlane, transferTypes: ['Compute-PULL'], labels: [] }

interface Seen {
  readonly request: string
  readonly key: string | undefined
  readonly body: unknown
}

/** A control plane that notes requests, and answers as the test says. */
async function noting(t: ExecutionContext, answer: () => number = () => 200) {
  const seen: Seen[] = []
  const url = await textServer(t, (request, text, response) => {
    const key = request.headers['x-api-key']
    const body: unknown = text === '' ? undefined : JSON.parse(text)
    seen.push({ request: `${request.method} ${request.url}`, key: typeof key === 'string' ? key : undefined, body })
    response.writeHead(answer()).end()
  })
  return { url, seen }
}

test('it registers by PUT and takes it back by DELETE, with the headers it was given', async (t) => {
  const { url, seen } = await noting(t)
  const registered = registration({ address: `${url}/management/v4/`, headers: { 'x-api-key': 'secret' }, dataPlane })
  t.deepEqual(await registered.register(), { outcome: 'taken' })
  t.deepEqual(await registered.deregister(), { outcome: 'taken' })
  t.deepEqual(seen, [
    { request: 'PUT /management/v4/dataplanes', key: 'secret', body: wire },
    { request: 'DELETE /management/v4/dataplanes/dp%201', key: 'secret', body: undefined },
  ])
})

test('EDC 0.16 takes it by POST', async (t) => {
  const { url, seen } = await noting(t)
  await registration({ address: `${url}/control`, dataPlane, request: 'post-register' }).register()
  t.deepEqual(seen, [{ request: 'POST /control/dataplanes/register', key: undefined, body: wire }])
})

test('what is not there any more is taken back; another refusal is told', async (t) => {
  const gone = await noting(t, () => 404)
  t.deepEqual(await registration({ address: gone.url, dataPlane }).deregister(), { outcome: 'taken' })
  const wrong = await noting(t, () => 401)
  t.like(await registration({ address: wrong.url, dataPlane }).deregister(), { outcome: 'later', status: 401 })
})

test('kept up: a control plane that is not ready is asked again soon, one that is ready now and then', async (t) => {
  const answers = [405, 405, 503]
  const { url, seen } = await noting(t, () => answers.shift() ?? 200)
  const outcomes: Outcome[] = []
  const options: KeepingOptions = { everyMs: 20, firstMs: 1, onOutcome: (outcome) => outcomes.push(outcome) }
  const kept = registration({ address: url, dataPlane }).keep(options)
  t.teardown(() => kept.stop())
  await eventually('five registrations', () => (outcomes.length >= 5 ? { done: true } : { pending: 'too few' }))
  await kept.stop()
  t.deepEqual(
    outcomes.slice(0, 5).map(({ outcome }) => outcome),
    ['later', 'later', 'later', 'taken', 'taken'],
  )
  const before = seen.length
  await new Promise(setImmediate)
  t.is(seen.length, before, 'stopped is stopped')
})

test('again: at once, when the control plane seems to have been restarted', async (t) => {
  const { url, seen } = await noting(t)
  const kept = registration({ address: url, dataPlane }).keep({ everyMs: 3_600_000 })
  t.teardown(() => kept.stop())
  const registered = (times: number) =>
    eventually(`${times} registrations`, () => (seen.length >= times ? { done: true } : { pending: `${seen.length}` }))
  await registered(1)
  kept.again()
  await registered(2)
  kept.again()
  await registered(3)
  await kept.stop()
  t.is(seen.length, 3)
})

test('again, while a registration is under way: another one follows it', async (t) => {
  const first = Promise.withResolvers<void>()
  let requests = 0
  const url = await textServer(t, async (_, __, response) => {
    requests += 1
    if (requests === 1) {
      kept.again()
      await first.promise
    }
    response.end()
  })
  const kept = registration({ address: url, dataPlane }).keep({ everyMs: 3_600_000 })
  t.teardown(() => kept.stop())
  await eventually('the first request', () => (requests === 1 ? { done: true } : { pending: 'none' }))
  first.resolve()
  await t.notThrowsAsync(
    eventually('the second request', () => (requests === 2 ? { done: true } : { pending: `${requests}` })),
  )
})
