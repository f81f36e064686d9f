import { Readable } from 'node:stream'
import test from 'ava'
import { lines } from './lines.ts'
import { readWatchEvent } from './watch-event.ts'

const metadata = {
  name: 'p',
  uid: 'u',
  resourceVersion: '7',
  creationTimestamp: '2026-11-21T10:00:00Z',
  labels: { a: 'b' },
}
const event = (type: string, object: unknown) => readWatchEvent(JSON.stringify({ type, object }))

test('events of objects keep what is needed', (t) => {
  const object = { uid: 'u', resourceVersion: '7', labels: { a: 'b' } }
  t.deepEqual(event('ADDED', { metadata }), { type: 'changed', object, resourceVersion: '7' })
  t.deepEqual(event('MODIFIED', { metadata }), { type: 'changed', object, resourceVersion: '7' })
  t.deepEqual(event('DELETED', { metadata }), { type: 'deleted', object, resourceVersion: '7' })
  t.deepEqual(event('BOOKMARK', { metadata: { resourceVersion: '9', creationTimestamp: null } }), {
    type: 'bookmark',
    resourceVersion: '9',
  })
})

test('a version that is too old, other errors, and what is no event', (t) => {
  t.deepEqual(event('ERROR', { kind: 'Status', code: 410, message: 'too old resource version: 1 (9)' }), {
    type: 'expired',
  })
  t.throws(() => event('ERROR', { kind: 'Status', code: 500, message: 'etcd is away' }), { message: /etcd is away/ })
  t.deepEqual(event('ADDED', { metadata: { name: 'no uid' } }), { type: 'unreadable' })
  t.throws(() => event('RENAMED', { metadata }))
  t.throws(() => readWatchEvent('<html>'))
})

test('lines are put together from any pieces', async (t) => {
  const found: string[] = []
  for await (const line of lines(
    Readable.from([Buffer.from('on'), Buffer.from('e\ntwo\nth'), Buffer.from('ree\nrest')]),
  ))
    found.push(line)
  t.deepEqual(found, ['one', 'two', 'three'])
})

test('a line without end is an error', async (t) => {
  const piece = Buffer.alloc(1024 * 1024, 97)
  const read = async () => {
    for await (const _ of lines(Readable.from(Array.from({ length: 9 }, () => piece)))) t.fail()
  }
  await t.throwsAsync(read(), { message: /more than 8388608 bytes/ })
})
