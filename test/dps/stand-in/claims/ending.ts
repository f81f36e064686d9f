import type { Claim } from '../claim.ts'
import { administratorsReason } from '../pair-under-test.ts'
import { asRead } from '../protocol.ts'
import { scene, startsLater } from '../scene.ts'

/** How a transfer is ended by an administrator. */
export const ending: readonly Claim[] = [
  {
    title: 'a terminate by the consumer while the start is asynchronous comes at once, as no more than a messageId',
    async run(t, pair) {
      const it = await scene(t, pair)
      startsLater(it)
      const { consumerId, start } = await it.start()
      await it.reaches('provider', consumerId, 'STARTUP_REQUESTED')
      t.is(await pair.administer('consumer', consumerId, 'terminate'), 204)
      const terminate = await it.providerPlane.hears('terminate', start.processId)
      t.deepEqual(Object.keys(terminate.body), ['messageId'])
      const { reason } = await it.reaches('provider', consumerId, 'TERMINATED')
      t.is(reason, asRead(administratorsReason))
      await it.reaches('consumer', consumerId, 'TERMINATED')
    },
  },
  {
    title: 'a 500 to terminate overwrites the reason',
    async run(t, pair) {
      const it = await scene(t, pair)
      it.providerPlane.answer('terminate', { status: 500, body: 'I do not know it' })
      const { consumerId } = await it.start()
      await it.reaches('provider', consumerId, 'STARTED')
      await it.reaches('consumer', consumerId, 'STARTED')
      t.is(await pair.administer('consumer', consumerId, 'terminate'), 204)
      const { reason } = await it.reaches('provider', consumerId, 'TERMINATED')
      t.regex(reason ?? '', /500.*I do not know it/)
    },
  },
  {
    title:
      'the provider’s administrator ends an asynchronous start: its data plane hears it, the consumer reads the reason as JSON-LD',
    async run(t, pair) {
      const it = await scene(t, pair)
      startsLater(it)
      const { consumerId, start } = await it.start()
      await it.reaches('provider', consumerId, 'STARTUP_REQUESTED')
      t.is(await pair.administer('provider', start.processId, 'terminate'), 204)
      await it.providerPlane.hears('terminate', start.processId)
      const { reason } = await it.reaches('consumer', consumerId, 'TERMINATED')
      t.is(reason, asRead(administratorsReason))
    },
  },
]
