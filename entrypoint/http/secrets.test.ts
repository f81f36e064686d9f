import fc from 'fast-check'
import test from 'ava'
import { bearerToken, sameSecret } from './secrets.ts'

test('two secrets are the same or not, whatever their lengths', (t) => {
  fc.assert(fc.property(fc.string(), fc.string(), (one, other) => t.is(sameSecret(one, other), one === other)))
  t.true(sameSecret('größe', 'größe'))
  t.false(sameSecret('', 'x'))
})

for (const [header, token] of [
  ['Bearer abc', 'abc'],
  ['bearer a.b-c_d~e+f/g==', 'a.b-c_d~e+f/g=='],
  ['BEARER abc', 'abc'],
] as const) {
  test(`${header} carries ${token}`, (t) => t.is(bearerToken(header), token))
}

for (const header of [
  '',
  'Bearer',
  'Bearer ',
  'Bearer  abc',
  'Bearer a b',
  'Basic abc',
  'abc',
  ' Bearer abc',
  'Bearer abc ',
  'Bearer ä',
  'Bearer a,b',
  `Bearer ${'x'.repeat(513)}`,
]) {
  test(`${JSON.stringify(header).slice(0, 30)} carries no token`, (t) => t.is(bearerToken(header), undefined))
}
