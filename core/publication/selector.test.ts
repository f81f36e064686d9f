import test from 'ava'
import { assetSelector, selects } from './selector.ts'

const id = 'https://w3id.org/edc/v0.0.1/ns/id'

test('what offers an asset, as far as can be told', (t) => {
  const properties = { name: 'Word count', 'urn:x': 'y' }
  const offered = (operandLeft: string, operator: string, operandRight: unknown): boolean =>
    selects([{ operandLeft, operator, operandRight }], 'word-count', properties)
  t.true(selects(assetSelector('word-count'), 'word-count', {}))
  t.false(selects(assetSelector('word-count-2'), 'word-count', {}))
  t.true(selects([], 'word-count', {}), 'no condition: every asset')
  t.true(offered(id, 'in', ['a', 'word-count']))
  t.false(offered('id', 'in', ['a']))
  t.true(offered('https://w3id.org/edc/v0.0.1/ns/name', '=', 'Word count'))
  t.false(offered('urn:x', '=', 'z'))
  t.true(offered('urn:x', 'like', 'z%'), 'what is not understood counts as met')
  t.false(
    selects(
      [...assetSelector('word-count'), { operandLeft: 'urn:x', operator: '=', operandRight: 1 }],
      'word-count',
      properties,
    ),
  )
})
