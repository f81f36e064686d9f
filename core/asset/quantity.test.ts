import test from 'ava'
import { isWholeBytes, isWholeThousandths, parseQuantity } from './quantity.ts'

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

for (const [text, thousandths, bytes] of [
  ['0', true, true],
  ['1', true, true],
  ['500m', true, false],
  ['0.5', true, false],
  ['0.001', true, false],
  ['0.0005', false, false],
  ['0.5m', false, false],
  ['1000m', true, true],
  ['1.1', true, false],
  ['1.1k', true, true],
  ['0.0000005M', true, false],
  ['1.5Gi', true, true],
  ['0.1Gi', true, false],
  ['0.000000001Ki', false, false],
  ['999999999999999.999999999Pi', false, false],
  ['x', false, false],
] as const) {
  test(`${text} is ${thousandths ? '' : 'not '}a whole number of thousandths, and ${bytes ? '' : 'not '}of bytes`, (t) => {
    t.is(isWholeThousandths(text), thousandths)
    t.is(isWholeBytes(text), bytes)
  })
}
