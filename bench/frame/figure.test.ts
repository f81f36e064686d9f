import test from 'ava'
import { aimMet, type Figure, ratioOf } from './figure.ts'

const speed: Figure = { what: 'speed', value: 90, unit: 'MiB/s' }

test('a ratio is to what was measured beside it, else to the aim', (t) => {
  t.is(ratioOf(speed), undefined)
  t.is(ratioOf({ ...speed, aim: { kind: 'at-least', value: 100 } }), 0.9)
  t.is(ratioOf({ ...speed, aim: { kind: 'at-least', value: 100 }, beside: { what: 'peer', value: 45 } }), 2)
  t.is(ratioOf({ ...speed, beside: { what: 'peer', value: 0 } }), undefined)
})

test('aims are met or missed by value or by ratio', (t) => {
  t.is(aimMet(speed), undefined)
  t.true(aimMet({ ...speed, aim: { kind: 'at-least', value: 90 } }))
  t.false(aimMet({ ...speed, aim: { kind: 'at-least', value: 91 } }))
  t.false(aimMet({ ...speed, aim: { kind: 'at-most', value: 89 } }))
  const beside = { what: 'peer', value: 100 }
  t.true(aimMet({ ...speed, beside, aim: { kind: 'ratio-at-least', value: 0.9 } }))
  t.false(aimMet({ ...speed, beside, aim: { kind: 'ratio-at-least', value: 0.91 } }))
  t.false(aimMet({ ...speed, aim: { kind: 'ratio-at-least', value: 0.5 } }), 'nothing beside it is no success')
})
