import test from 'ava'
import { BufferPool } from './buffer-pool.ts'

const never = new AbortController().signal

test('gives out so many buffers and no more; who waits is served in order', async (t) => {
  const pool = new BufferPool(2, 16)
  const first = await pool.take(never)
  const second = await pool.take(never)
  t.is(first.byteLength, 16)
  t.not(first, second)
  const served: string[] = []
  const third = pool.take(never).then((buffer) => {
    served.push('third')
    return buffer
  })
  const fourth = pool.take(never).then((buffer) => {
    served.push('fourth')
    return buffer
  })
  await new Promise(setImmediate)
  t.deepEqual(served, [])
  pool.give(second)
  pool.give(first)
  t.is(await third, second)
  t.is(await fourth, first)
  t.deepEqual(served, ['third', 'fourth'])
})

test('who is told to stop waits no longer, and loses no buffer', async (t) => {
  const pool = new BufferPool(1, 16)
  const buffer = await pool.take(never)
  const stop = new AbortController()
  const waiting = pool.take(stop.signal)
  stop.abort(new Error('stopped'))
  await t.throwsAsync(waiting, { message: 'stopped' })
  pool.give(buffer)
  t.is(await pool.take(never), buffer)
})
