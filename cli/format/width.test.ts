import test from 'ava'
import { cut, displayWidth, pad } from './width.ts'

test('the width is that of the terminal, not of the string', (t) => {
  t.is(displayWidth('word-count'), 10)
  t.is(displayWidth('計算'), 4)
  t.is(displayWidth('e\u0301te\u0301'), 3, 'combining accents take no column')
  t.is(displayWidth('🇪🇺'), 2)
  t.is(displayWidth('\u001B[31mred\u001B[39m'), 3)
})

test('text is cut at a column and never inside a character', (t) => {
  t.is(cut('word-count', 10), 'word-count')
  t.is(cut('word-count', 5), 'word…')
  t.is(cut('計算計算', 6), '計算…')
  t.is(displayWidth(cut('計算計算', 6)), 5)
})

test('padding counts columns', (t) => {
  t.is(pad('計算', 6), '計算  ')
  t.is(pad('7', 3, 'left'), '  7')
  t.is(pad('longer', 3), 'longer')
})
