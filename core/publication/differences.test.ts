import test from 'ava'
import { differences } from './differences.ts'

test('equal is equal in the spellings of JSON-LD', (t) => {
  t.deepEqual(differences({ a: 'x', k: 'one', l: ['b', 'a'] }, { a: ['x'], k: ['one'], l: ['a', 'b'], n: [] }), [])
})

test('what is new, gone and different, by name', (t) => {
  t.deepEqual(differences({ b: 'x', c: '1' }, { a: 'y', c: '2' }), [
    { field: 'a', before: null, after: 'y' },
    { field: 'b', before: 'x', after: null },
    { field: 'c', before: '1', after: '2' },
  ])
})

test('JSON text is compared inside', (t) => {
  const before = { limits: '{"timeoutSeconds":60,"retries":0}', list: '[{"name":"a"},{"name":"b"}]' }
  const after = { limits: '{"retries":0,"timeoutSeconds":120}', list: '[{"name":"a"},{"name":"c"}]' }
  t.deepEqual(differences(before, after), [
    { field: 'limits.timeoutSeconds', before: '60', after: '120' },
    { field: 'list.1.name', before: 'b', after: 'c' },
  ])
})

test('text that only looks like JSON is text', (t) => {
  t.deepEqual(differences({ a: '{x' }, { a: '{y' }), [{ field: 'a', before: '{x', after: '{y' }])
})
