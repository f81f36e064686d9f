import { eventually } from '../../../support/eventually.ts'
import type { Claim } from '../claim.ts'
import { callBack, exampleAddress, statusMessage } from '../recording-plane.ts'
import { scene, startsLater } from '../scene.ts'

/** What a data plane says, and what becomes of it. */
export const callbacks: readonly Claim[] = [
  {
    title: '`started` inside the request that starts is answered 500, and taken when it comes again afterwards',
    async run(t, pair) {
      const it = await scene(t, pair)
      let early: number | undefined
      it.providerPlane.answer('start', async (signal) => {
        early = await callBack(signal, 'started', statusMessage(signal.processId, 'STARTED', exampleAddress))
        return { status: 202, body: statusMessage(signal.processId, 'STARTING') }
      })
      const { consumerId, start } = await it.start()
      await it.reaches('provider', consumerId, 'STARTUP_REQUESTED')
      t.is(early, 500)
      t.is(await callBack(start, 'started', statusMessage(start.processId, 'STARTED', exampleAddress)), 200)
      await it.reaches('provider', consumerId, 'STARTED')
    },
  },
  {
    title: '`started` after STARTED is answered 500 and leaves the process leased: a terminate by the consumer is lost',
    async run(t, pair) {
      const it = await scene(t, pair)
      startsLater(it)
      const { consumerId, start } = await it.start()
      await it.reaches('provider', consumerId, 'STARTUP_REQUESTED')
      const message = statusMessage(start.processId, 'STARTED', exampleAddress)
      t.is(await callBack(start, 'started', message), 200)
      await it.reaches('provider', consumerId, 'STARTED')
      await it.reaches('consumer', consumerId, 'STARTED')
      t.is(await callBack(start, 'started', message), 500)
      t.is(await pair.administer('provider', start.processId, 'terminate'), 409)
      t.is(await pair.administer('consumer', consumerId, 'terminate'), 204)
      await it.reaches('consumer', consumerId, 'TERMINATED')
      t.is((await pair.process('provider', consumerId))?.state, 'STARTED')
      t.deepEqual(it.providerPlane.of(start.processId, 'terminate'), [])
    },
  },
  {
    title: '`started` without a state or without a body is answered 500, with bad JSON 400; a later valid one is taken',
    async run(t, pair) {
      const it = await scene(t, pair)
      startsLater(it)
      const { consumerId, start } = await it.start()
      await it.reaches('provider', consumerId, 'STARTUP_REQUESTED')
      t.is(await callBack(start, 'started', { messageId: '1', dataFlowId: start.processId }), 500)
      t.is(await callBack(start, 'started', ''), 500)
      t.is(await callBack(start, 'started', '{'), 400)
      t.is(await callBack(start, 'started', statusMessage(start.processId, 'STARTED', exampleAddress)), 200)
      await it.reaches('provider', consumerId, 'STARTED')
    },
  },
  {
    title: '`completed` before STARTED is answered 409',
    async run(t, pair) {
      const it = await scene(t, pair)
      startsLater(it)
      const { consumerId, start } = await it.start()
      await it.reaches('provider', consumerId, 'STARTUP_REQUESTED')
      t.is(await callBack(start, 'completed', statusMessage(start.processId, 'COMPLETED')), 409)
      t.is((await pair.process('provider', consumerId))?.state, 'STARTUP_REQUESTED')
    },
  },
  {
    title:
      '`completed` at once after `started` is refused, or taken to no good: it ends TERMINATED, unless both sides were quicker',
    async run(t, pair) {
      const it = await scene(t, pair)
      startsLater(it)
      const { consumerId, start } = await it.start()
      await it.reaches('provider', consumerId, 'STARTUP_REQUESTED')
      t.is(await callBack(start, 'started', statusMessage(start.processId, 'STARTED', exampleAddress)), 200)
      const status = await callBack(start, 'completed', statusMessage(start.processId, 'COMPLETED'))
      // 409 where the next step is under way already, which is a matter of milliseconds.
      t.true(status === 200 || status === 409)
      if (status === 409) {
        await it.reaches('provider', consumerId, 'STARTED')
        return void (await it.reaches('consumer', consumerId, 'STARTED'))
      }
      const end = await eventually('the end at the provider', async () => {
        const state = (await pair.process('provider', consumerId))?.state ?? 'unknown'
        // COMPLETED where both sides were STARTED before the second callback came, as on a busy machine.
        return state === 'TERMINATED' || state === 'COMPLETED' ? { done: state } : { pending: `it is ${state}` }
      })
      // Where the consumer took neither, its side may stay as it was.
      if (end === 'COMPLETED') await it.reaches('consumer', consumerId, end)
      else t.not((await pair.process('consumer', consumerId))?.state, 'COMPLETED')
    },
  },
  {
    title: '`errored` is answered 200, and nothing happens',
    async run(t, pair) {
      const it = await scene(t, pair)
      startsLater(it)
      const { consumerId, start } = await it.start()
      await it.reaches('provider', consumerId, 'STARTUP_REQUESTED')
      t.is(await callBack(start, 'errored', { ...statusMessage(start.processId, 'STARTING'), error: 'bad luck' }), 200)
      t.like(await pair.process('provider', consumerId), { state: 'STARTUP_REQUESTED', reason: undefined })
      t.is(await callBack(start, 'started', statusMessage(start.processId, 'STARTED', exampleAddress)), 200)
      await it.reaches('consumer', consumerId, 'STARTED')
    },
  },
  {
    title: 'callbacks for an unknown process and by a data plane no longer registered are answered 401',
    async run(t, pair) {
      const it = await scene(t, pair)
      startsLater(it)
      const { consumerId, start } = await it.start()
      await it.reaches('provider', consumerId, 'STARTUP_REQUESTED')
      const message = statusMessage(start.processId, 'STARTED', exampleAddress)
      t.is(await callBack({ ...start, body: { ...start.body, processId: 'nobody-knows-me' } }, 'started', message), 401)
      await pair.unregister('provider', it.providerPlane.id)
      t.is(await callBack(start, 'started', message), 401)
      await pair.register('provider', it.providerPlane.registration([it.type]))
      t.is(await callBack(start, 'started', message), 200)
    },
  },
  {
    title: 'the consumer’s data plane says `completed`, and the provider’s hears it as {}',
    async run(t, pair) {
      const it = await scene(t, pair)
      const { consumerId, start } = await it.start()
      await it.reaches('consumer', consumerId, 'STARTED')
      await it.reaches('provider', consumerId, 'STARTED')
      const prepare = await it.consumerPlane.hears('prepare', consumerId)
      t.is(await callBack(prepare, 'completed', statusMessage(consumerId, 'COMPLETED')), 200)
      const completed = await it.providerPlane.hears('completed', start.processId)
      t.deepEqual(completed.body, {})
      await it.reaches('provider', consumerId, 'COMPLETED')
      await it.reaches('consumer', consumerId, 'COMPLETED')
      t.is(await callBack(prepare, 'completed', statusMessage(consumerId, 'COMPLETED')), 409)
    },
  },
  {
    title: 'a 500 to `completed` is followed by `terminate`',
    async run(t, pair) {
      const it = await scene(t, pair)
      it.providerPlane.answer('completed', { status: 500 })
      const { consumerId, start } = await it.start()
      await it.reaches('consumer', consumerId, 'STARTED')
      await it.reaches('provider', consumerId, 'STARTED')
      const prepare = await it.consumerPlane.hears('prepare', consumerId)
      t.is(await callBack(prepare, 'completed', statusMessage(consumerId, 'COMPLETED')), 200)
      await it.providerPlane.hears('terminate', start.processId)
      await it.reaches('provider', consumerId, 'TERMINATED')
    },
  },
  {
    title:
      'push: the address that the consumer’s data plane prepared stands in start; `completed` of the provider’s ends it',
    async run(t, pair) {
      const it = await scene(t, pair, { flow: 'PUSH' })
      it.consumerPlane.answer('prepare', ({ processId }) => ({
        status: 200,
        body: statusMessage(processId, 'PREPARED', exampleAddress),
      }))
      it.providerPlane.answer('start', ({ processId }) => ({ status: 200, body: statusMessage(processId, 'STARTED') }))
      const { consumerId, start } = await it.start()
      const address = start.body['dataAddress'] as typeof exampleAddress
      t.is(address.endpoint, exampleAddress.endpoint)
      t.true(address.endpointProperties.some(({ name, value }) => name === 'authorization' && value !== ''))
      await it.reaches('provider', consumerId, 'STARTED')
      await it.reaches('consumer', consumerId, 'STARTED')
      t.is(await callBack(start, 'completed', statusMessage(start.processId, 'COMPLETED')), 200)
      const completed = await it.consumerPlane.hears('completed', consumerId)
      t.deepEqual(completed.body, {})
      await it.reaches('provider', consumerId, 'COMPLETED')
      await it.reaches('consumer', consumerId, 'COMPLETED')
    },
  },
]
