import test from 'ava'
import { partsOf, positionsIn } from './positions.ts'

const text = `metadata:
  id: sum
inputs:
  - name: a.txt
    from: { url: "https://example.org" }
  - { name: b.txt, from: { bundled: b.txt } }
worker:
  env: { "odd.name": x }
`

test('a path leads to its key', (t) => {
  const at = positionsIn(text)
  t.deepEqual(at('metadata.id'), { line: 2, column: 3 })
  t.deepEqual(at('inputs[1]'), { line: 6, column: 5 })
  t.deepEqual(at('inputs[1].from.bundled'), { line: 6, column: 28 })
  t.deepEqual(at('worker.env["odd.name"]'), { line: 8, column: 10 })
})

test('what is not there is where it would be', (t) => {
  const at = positionsIn(text)
  t.deepEqual(at('metadata.version'), { line: 1, column: 1 })
  t.deepEqual(at('inputs[7].name'), { line: 3, column: 1 })
  t.deepEqual(at('outputs'), { line: 1, column: 1 })
  t.is(positionsIn('')('outputs'), undefined)
})

test('JSON has lines, too', (t) => {
  t.deepEqual(positionsIn('{\n  "metadata": {\n    "id": 7\n  }\n}')('metadata.id'), { line: 3, column: 5 })
})

test('paths are read as zod writes them', (t) => {
  t.deepEqual(partsOf('a.b[0]["c.d"].e'), ['a', 'b', 0, 'c.d', 'e'])
  t.deepEqual(partsOf(''), [])
})
