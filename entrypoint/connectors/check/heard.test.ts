import test from 'ava'
import type { Connector } from '../../../core/ports/connector.ts'
import { heardBook } from './heard.ts'
import { heardConnector } from './heard-connector.ts'

const clock = { now: () => 7 }
const message = { at: 7, processId: 'p-1' }

test('what was heard last is kept, for each connector by itself', (t) => {
  const heard = heardBook(clock)
  heard.note('a', { event: message })
  heard.note('a', { provision: message })
  t.deepEqual(heard.of('a'), { since: 7, event: message, provision: message })
  t.deepEqual(heard.of('b'), { since: 7 })
})

test('one waits until it is as wanted, or until time is up', async (t) => {
  const heard = heardBook(clock)
  const never = new AbortController()
  const both = heard.until('a', ({ event, provision }) => event !== undefined && provision !== undefined, never.signal)
  heard.note('a', { event: message })
  heard.note('a', { provision: message })
  t.true(await both)
  t.true(await heard.until('a', ({ event }) => event !== undefined, never.signal), 'it is so already')
  const ended = heard.until('b', ({ event }) => event !== undefined, never.signal)
  never.abort()
  t.false(await ended)
  t.false(await heard.until('b', ({ event }) => event !== undefined, never.signal), 'time was up before')
})

test('how calls went is noted, and they go on as they were', async (t) => {
  const heard = heardBook(clock)
  const connector: Connector = {
    id: 'a',
    transferProcess: async () => undefined,
    agreement: async () => undefined,
    provisioned: async () => ({ outcome: 'delivered' }),
    terminate: async () => {
      throw new Error('POST …/terminate was answered 401')
    },
    check: async () => undefined,
  }
  const noted = heardConnector(connector, heard, clock)
  await t.throwsAsync(noted.terminate('p-1', 'why'), { message: /401/ })
  t.deepEqual(await noted.provisioned({} as never, {} as never), { outcome: 'delivered' })
  t.deepEqual(heard.of('a'), {
    since: 7,
    failed: { at: 7, call: 'terminate', message: 'POST …/terminate was answered 401' },
    answered: { at: 7, call: 'provisioned' },
  })
})
