import type { Claim } from '../claim.ts'
import { callBack, exampleAddress, statusMessage } from '../recording-plane.ts'
import { scene, startsLater } from '../scene.ts'

/** Suspend and resume. */
export const pausing: readonly Claim[] = [
  {
    title: 'suspend is refused before STARTED',
    async run(t, pair) {
      const it = await scene(t, pair)
      startsLater(it)
      const { consumerId, start } = await it.start()
      await it.reaches('provider', consumerId, 'STARTUP_REQUESTED')
      t.is(await pair.administer('provider', start.processId, 'suspend'), 409)
    },
  },
  {
    title:
      'after a synchronous start, suspend and resume by the consumer work; resume carries a processId that means nothing',
    async run(t, pair) {
      const it = await scene(t, pair)
      const { consumerId, start } = await it.start()
      await it.reaches('provider', consumerId, 'STARTED')
      await it.reaches('consumer', consumerId, 'STARTED')
      t.is(await pair.administer('consumer', consumerId, 'suspend'), 204)
      const suspend = await it.providerPlane.hears('suspend', start.processId)
      t.deepEqual(Object.keys(suspend.body).toSorted(), ['messageId', 'reason'])
      t.is(suspend.body['reason'], 'suspend')
      await it.reaches('provider', consumerId, 'SUSPENDED')
      await it.reaches('consumer', consumerId, 'SUSPENDED')
      t.is(await callBack(start, 'completed', statusMessage(start.processId, 'COMPLETED')), 409)
      t.is(await pair.administer('consumer', consumerId, 'resume'), 204)
      const resume = await it.providerPlane.hears('resume', start.processId)
      t.not(resume.body['processId'], start.processId)
      await it.reaches('provider', consumerId, 'STARTED')
      await it.reaches('consumer', consumerId, 'STARTED')
      const heard = it.consumerPlane.of(consumerId).map(({ kind }) => kind)
      t.deepEqual(heard, ['prepare', 'started', 'suspend', 'resume'])
      t.is(it.consumerPlane.of(consumerId, 'resume')[0]?.body['dataAddress'], undefined)
    },
  },
  {
    title: 'after an asynchronous start, resume leaves one side in RESUMED, with no way out',
    async run(t, pair) {
      const it = await scene(t, pair)
      startsLater(it)
      const { consumerId, start } = await it.start()
      await it.reaches('provider', consumerId, 'STARTUP_REQUESTED')
      t.is(await callBack(start, 'started', statusMessage(start.processId, 'STARTED', exampleAddress)), 200)
      await it.reaches('provider', consumerId, 'STARTED')
      await it.reaches('consumer', consumerId, 'STARTED')
      t.is(await pair.administer('consumer', consumerId, 'suspend'), 204)
      await it.reaches('provider', consumerId, 'SUSPENDED')
      await it.reaches('consumer', consumerId, 'SUSPENDED')
      t.is(await pair.administer('consumer', consumerId, 'resume'), 204)
      await it.reaches('consumer', consumerId, 'RESUMED')
      await it.providerPlane.hears('resume', start.processId)
      await it.reaches('provider', consumerId, 'STARTED')
      t.is(await pair.administer('consumer', consumerId, 'terminate'), 409)
    },
  },
]
