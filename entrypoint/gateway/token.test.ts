import fc from 'fast-check'
import test from 'ava'
import { opensResult, resultToken } from './token.ts'

const key = '0123456789abcdef0123456789abcdef'
const transfer = { id: 'transfer-1', generation: 1 }

test('the same transfer has the same token, so it can be sent again', (t) => {
  t.is(resultToken(key, transfer), resultToken(key, { ...transfer }))
  t.true(opensResult([key], transfer, resultToken(key, transfer)))
})

test('it can stand in a header, and is as long as its hash', (t) =>
  t.regex(resultToken(key, transfer), /^[A-Za-z0-9_-]{43}$/))

test('another generation, transfer or key is another token', (t) => {
  const token = resultToken(key, transfer)
  t.false(opensResult([key], { ...transfer, generation: 2 }, token))
  t.false(opensResult([key], { ...transfer, id: 'transfer-2' }, token))
  t.false(opensResult([`${key}x`], transfer, token))
  t.not(resultToken(key, { id: 'a1', generation: 1 }), resultToken(key, { id: 'a', generation: 11 }))
})

test('nothing else opens it', (t) => {
  const token = resultToken(key, transfer)
  fc.assert(fc.property(fc.string(), (given) => t.is(opensResult([key], transfer, given), given === token)))
  t.false(opensResult([key], transfer, ''))
  t.false(opensResult([key], transfer, token.slice(0, -1)))
  t.false(opensResult([key], transfer, `${token}A`))
  t.false(opensResult([key], transfer, token.toLowerCase()))
})

test('while the key is changed, tokens of the one before open, and those of any other do not', (t) => {
  const keys = ['fedcba9876543210fedcba9876543210', key]
  for (const one of keys) t.true(opensResult(keys, transfer, resultToken(one, transfer)))
  t.false(opensResult(keys, transfer, resultToken('another-key', transfer)))
  t.false(opensResult([], transfer, resultToken(key, transfer)))
})
