import test from 'ava'
import { dataProblem, maximumDepth } from './plain-data.ts'

const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels))

test('plain data is taken, whatever it is', (t) => {
  for (const data of [undefined, null, 0, '', 'text', [], {}, { a: [{ b: 1 }, null] }, nested(maximumDepth)])
    t.is(dataProblem(data), undefined)
})

test('one level too many is told with its place', (t) => {
  t.deepEqual(dataProblem({ a: nested(maximumDepth) }), {
    where: `a${'[0]'.repeat(maximumDepth - 1)}`,
    message: 'is nested more than 32 levels deep',
  })
})

test('a million levels are told too, and at once', (t) => {
  t.regex(dataProblem(nested(1_000_000))?.message ?? '', /nested more than/)
})

test('data that contains itself is too deep', (t) => {
  const data: unknown[] = []
  data.push(data)
  t.regex(dataProblem(data)?.message ?? '', /nested more than/)
})

test('what stands in many places is not followed each time', (t) => {
  let data: unknown = ['x']
  for (let level = 0; level < 25; level += 1) data = Array(10).fill(data)
  t.is(dataProblem(data), undefined)
})

test('the name __proto__ is refused, wherever it stands; names that objects inherit are names like any other', (t) => {
  t.is(dataProblem(JSON.parse('{"a":[{"__proto__":1}]}'))?.where, 'a[0].__proto__')
  t.is(dataProblem(JSON.parse('{"constructor":{"prototype":{"toString":1}}}')), undefined)
})
