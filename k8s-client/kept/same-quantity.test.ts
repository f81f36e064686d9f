import test from 'ava'
import { sameQuantity } from './same-quantity.ts'

test('amounts that the API server writes otherwise', (t) => {
  for (const [sent, kept] of [
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['0.5', '500m'],
    ['1000m', '1'],
    ['1.1', '1100m'],
    ['1000k', '1M'],
    ['1e3', '1k'],
    ['1E', '1000P'],
    ['0.000000001', '1n'],
    ['8Pi', '9007199254740992'],
  ] as const)
    t.true(sameQuantity(sent, kept) && sameQuantity(kept, sent), `${sent} ${kept}`)
})

test('other amounts, and what is none', (t) => {
  for (const [one, other] of [
    ['1Gi', '1G'],
    ['1', '1m'],
    ['9007199254740993', '9007199254740992'],
    ['1', '-1'],
    ['1', ''],
    ['1', 'one'],
    ['1Gi', '1 Gi'],
    ['1', '1e400'],
  ] as const)
    t.false(sameQuantity(one, other), `${one} ${other}`)
})
