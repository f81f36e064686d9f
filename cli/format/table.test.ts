import test from 'ava'
import { makeStyle } from './style.ts'
import { table } from './table.ts'
import { displayWidth } from './width.ts'

const plain = { width: undefined, style: makeStyle(false) }
const columns = [
  { head: 'ID', shrinkTo: 6 },
  { head: 'SIZE', align: 'right' as const },
  { head: 'TITLE', shrinkTo: 5 },
]

test('columns stand below each other, numbers at the right', (t) => {
  const rows = [
    ['word-count', '5 B', 'Word count'],
    ['sum', '1024 B', ''],
  ]
  t.is(table(columns, rows, plain), 'ID            SIZE  TITLE\nword-count     5 B  Word count\nsum         1024 B\n')
})

test('no rows, no table', (t) => t.is(table(columns, [], plain), ''))

test('on a terminal the widest columns give way first, and no line is wider than it', (t) => {
  const rows = [['an-asset-with-a-long-id', '5 B', 'A title that nobody would call short']]
  const text = table(columns, rows, { ...plain, width: 40 })
  for (const line of text.trimEnd().split('\n')) t.true(displayWidth(line) <= 40, line)
  t.regex(text, /…/)
  t.regex(text, /5 B/, 'what cannot shrink stays')
  t.false(table(columns, rows, plain).includes('…'), 'nothing is lost where there is no terminal')
})

test('a table that cannot be as narrow as the terminal keeps what it needs', (t) => {
  const text = table(columns, [['identifier', '5 B', 'title']], { ...plain, width: 5 })
  t.is(text.split('\n')[1], 'ident…   5 B  title')
})

test('colours do not move columns, and come only where they are on', (t) => {
  const painted = [
    { head: 'STATE', paint: (text: string, style: ReturnType<typeof makeStyle>) => style.bad(text) },
    { head: 'ID' },
  ]
  const rows = [
    ['failed', 'a'],
    ['succeeded', 'b'],
  ]
  const coloured = table(painted, rows, { width: undefined, style: makeStyle(true) })
  t.true(coloured.includes('\u001B[31mfailed\u001B[39m'))
  // oxlint-disable-next-line no-control-regex -- the escape sequences of colours
  t.is(coloured.replaceAll(/\u001B\[\d+m/g, ''), table(painted, rows, plain))
})

test('what a cell says cannot control the terminal or break its line', (t) => {
  t.is(table([{ head: 'A' }], [['\u001B]0;title\u0007x\ny\u001B[2J']], plain), 'A\nx y\n')
})
