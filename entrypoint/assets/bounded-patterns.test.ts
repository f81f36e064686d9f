import test from 'ava'
import { compileParameters } from '../../core/asset/parameters.ts'
import { boundedPatterns } from './bounded-patterns.ts'

function check(pattern: string, text: string): boolean {
  const schema = { type: 'object', properties: { A: { type: 'string', pattern } } }
  const compiled = compileParameters(schema, boundedPatterns)
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems))
  return compiled.schema.check({ A: text }).ok
}

test('patterns mean what they say', (t) => {
  t.true(check('^[a-z]+$', 'abc'))
  t.false(check('^[a-z]+$', 'ABC'))
  t.true(check('^\\p{L}$', 'é'))
})

for (const pattern of ['^(a+)+$', '^(a|aa)+$', '^(?=(a+)+$)x', '^(.*a){30}$', '(a*)*b\\1']) {
  test(`a text for which ${pattern} would take for ever is refused in a moment`, (t) => {
    const startedAt = performance.now()
    t.false(check(pattern, `${'a'.repeat(60)}!`))
    t.true(performance.now() - startedAt < 5_000)
  })
}

test('a default that its own pattern takes for ever to judge is told at registration', (t) => {
  const schema = {
    type: 'object',
    properties: { A: { type: 'string', pattern: '^(a+)+$', default: `${'a'.repeat(60)}!` } },
  }
  t.false(compileParameters(schema, boundedPatterns).ok)
})
