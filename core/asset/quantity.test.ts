import test from 'ava'
import { parseQuantity } from './quantity.ts'

for (const [text, value] of [
  ['1', 1],
  ['0', 0],
  ['500m', 0.5],
  ['1.5', 1.5],
  ['2k', 2000],
  ['3M', 3e6],
  ['1G', 1e9],
  ['1T', 1e12],
  ['1P', 1e15],
  ['1Ki', 1024],
  ['128Mi', 134_217_728],
  ['2Gi', 2_147_483_648],
  ['1.5Gi', 1_610_612_736],
  ['1Ti', 2 ** 40],
  ['1Pi', 2 ** 50],
] as const) {
  test(`${text} is ${value}`, (t) => t.is(parseQuantity(text), value))
}

for (const text of [
  '',
  'Gi',
  '-1',
  '+1',
  '1.',
  '.5',
  '1e3',
  '1K',
  '1gi',
  '1 Gi',
  ' 1',
  '1Gi ',
  '0x10',
  'NaN',
  'Infinity',
  '1Gi\n',
]) {
  test(`${JSON.stringify(text)} is no quantity`, (t) => t.is(parseQuantity(text), undefined))
}
