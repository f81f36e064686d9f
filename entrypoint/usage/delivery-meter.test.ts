import test from 'ava'
import type { Delivered } from '../../core/usage/query.ts'
import { recordingLogger } from '../../test/support/recording-logger.ts'
import { deliveryMeter } from './delivery-meter.ts'

const clock = { now: () => 1_000 }

test('what is delivered is added up by job and written together', async (t) => {
  const written: Delivered[][] = []
  const store = { addDeliveries: async (some: readonly Delivered[]) => void written.push([...some]) }
  const meter = deliveryMeter(store, clock, recordingLogger())
  const first = meter.begin('job-a')
  const second = meter.begin('job-a')
  first(5)
  second(2)
  first(1)
  meter.begin('job-b')
  await meter.flush()
  t.deepEqual(written, [
    [
      { jobId: 'job-a', bytes: 8, deliveries: 2, at: 1_000 },
      { jobId: 'job-b', bytes: 0, deliveries: 1, at: 1_000 },
    ],
  ])
  await meter.flush()
  t.is(written.length, 1, 'there is nothing more')
  first(4)
  await meter.close()
  t.deepEqual(written[1], [{ jobId: 'job-a', bytes: 4, deliveries: 0, at: 1_000 }])
})

test('what the store does not take is written the next time, with what came meanwhile', async (t) => {
  const written: Delivered[][] = []
  let away = true
  const store = {
    addDeliveries: async (some: readonly Delivered[]) => {
      if (away) throw new Error('away')
      written.push([...some])
    },
  }
  const meter = deliveryMeter(store, clock, recordingLogger())
  const more = meter.begin('job-a')
  more(5)
  await t.throwsAsync(meter.flush(), { message: 'away' })
  more(6)
  away = false
  await meter.flush()
  t.deepEqual(written, [[{ jobId: 'job-a', bytes: 11, deliveries: 1, at: 1_000 }]])
  await meter.close()
})

test('an end without the store is logged, and fails nobody', async (t) => {
  const logger = recordingLogger()
  const meter = deliveryMeter({ addDeliveries: () => Promise.reject(new Error('away')) }, clock, logger)
  meter.begin('job-a')(5)
  await meter.close()
  t.true(logger.lines.some(({ message }) => message === 'deliveries were not counted'))
})
