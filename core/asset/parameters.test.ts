import fc from 'fast-check'
import test, { type ExecutionContext } from 'ava'
import type { Problem } from '../errors.ts'
import { maximumValueBytes } from './environment.ts'
import { compileParameters, type ParameterSchema } from './parameters.ts'

function compiled(
  t: ExecutionContext,
  properties: Record<string, unknown>,
  more: Record<string, unknown> = {},
): ParameterSchema {
  const result = compileParameters({ type: 'object', properties, ...more })
  if (result.ok) return result.schema
  t.log(result.problems)
  throw new Error('the schema was refused')
}

/** The problems of a check, as `where: message`; none where it passed. */
function problemsOf(
  result: { readonly ok: true } | { readonly ok: false; readonly problems: readonly Problem[] },
): string[] {
  return result.ok ? [] : result.problems.map(({ where, message }) => `${where}: ${message}`)
}

const epochs = { type: 'integer', minimum: 1, maximum: 100 }

test('an asset without parameters takes none', (t) => {
  const result = compileParameters({})
  if (!result.ok) return t.fail()
  t.deepEqual(result.schema.names, [])
  t.deepEqual(result.schema.check({}), { ok: true, environment: {} })
  t.deepEqual(problemsOf(result.schema.check({ TOP: 1 })), ['TOP: is no parameter of this asset; it takes none'])
})

const read: readonly (readonly [title: string, property: Record<string, unknown>, sent: unknown, variable: string])[] =
  [
    ['an integer', { type: 'integer' }, 5, '5'],
    ['an integer sent as text', { type: 'integer' }, '5', '5'],
    ['a negative integer sent as text', { type: 'integer' }, '-5', '-5'],
    ['a number', { type: 'number' }, 0.25, '0.25'],
    ['a number sent as text', { type: 'number' }, '0.25', '0.25'],
    ['a number with an exponent sent as text', { type: 'number' }, '1e-3', '0.001'],
    ['a truth value', { type: 'boolean' }, false, 'false'],
    ['a truth value sent as text', { type: 'boolean' }, 'true', 'true'],
    ['text', { type: 'string' }, 'a b', 'a b'],
    ['empty text', { type: 'string' }, '', ''],
    ['text that looks like a number', { type: 'string' }, '007', '007'],
    ['text over lines', { type: 'string' }, 'a\nb', 'a\nb'],
    ['a member of an enum', { type: 'string', enum: ['a', 'b'] }, 'b', 'b'],
    ['a number of an enum sent as text', { type: 'integer', enum: [1, 2] }, '2', '2'],
    ['the largest exact integer', { type: 'integer' }, '9007199254740991', '9007199254740991'],
  ]
for (const [title, property, sent, variable] of read) {
  test(`takes ${title}`, (t) => {
    t.deepEqual(compiled(t, { P: property }).check({ P: sent }), { ok: true, environment: { P: variable } })
  })
}

const refused: readonly (readonly [
  title: string,
  property: Record<string, unknown>,
  sent: unknown,
  problem: RegExp,
])[] = [
  ['a number that is no integer', { type: 'integer' }, '1.5', /^P: must be integer/],
  ['a word for an integer', { type: 'integer' }, 'five', /^P: must be integer/],
  ['empty text for an integer', { type: 'integer' }, '', /^P: must be integer/],
  ['spaces around a number', { type: 'integer' }, ' 5', /^P: must be integer/],
  ['a hexadecimal number', { type: 'integer' }, '0x10', /^P: must be integer/],
  ['a number with a leading zero', { type: 'integer' }, '05', /^P: must be integer/],
  ['a number too large for a number', { type: 'number' }, '1e999', /^P: must be number/],
  ['NaN', { type: 'number' }, 'NaN', /^P: must be number/],
  ['True for true', { type: 'boolean' }, 'True', /^P: must be boolean/],
  ['1 for true', { type: 'boolean' }, 1, /^P: must be boolean/],
  ['a number for text', { type: 'string' }, 5, /^P: must be string/],
  ['null', { type: 'string' }, null, /^P: must be string/],
  ['a list', { type: 'string' }, ['a'], /^P: must be string/],
  ['an object', { type: 'string' }, { a: 1 }, /^P: must be string/],
  ['a value below the minimum', epochs, 0, /^P: must be >= 1/],
  ['a value above the maximum', epochs, '101', /^P: must be <= 100/],
  [
    'what is not in the enum',
    { type: 'string', enum: ['a', 'b'] },
    'c',
    /^P: must be equal to one of the allowed values: \["a","b"\]/,
  ],
  ['text against the pattern', { type: 'string', pattern: '^[a-z]+$' }, 'A', /^P: must match pattern/],
  ['a NUL character', { type: 'string' }, 'a\0b', /^P: holds a NUL/],
  ['an integer that a number cannot hold exactly', { type: 'integer' }, '12345678901234567890', /^P: /],
  ['more text than a variable may hold', { type: 'string' }, 'x'.repeat(maximumValueBytes + 1), /^P: /],
]
for (const [title, property, sent, problem] of refused) {
  test(`refuses ${title}`, (t) => {
    const problems = problemsOf(compiled(t, { P: property }).check({ P: sent }))
    t.is(problems.length, 1, problems.join('\n'))
    t.regex(problems[0] ?? '', problem)
  })
}

test('a default fills in what was not sent', (t) => {
  const schema = compiled(t, { A: { type: 'integer', default: 7 }, B: { type: 'string' } })
  t.deepEqual(schema.check({}), { ok: true, environment: { A: '7' } })
  t.deepEqual(schema.check({ A: '8', B: 'x' }), { ok: true, environment: { A: '8', B: 'x' } })
})

test('a parameter that is required and missing is named', (t) => {
  t.deepEqual(problemsOf(compiled(t, { A: { type: 'string' } }, { required: ['A'] }).check({})), [
    "A: must have required property 'A'",
  ])
})

test('everything that is wrong is told at once', (t) => {
  const schema = compiled(t, { A: { type: 'integer' }, B: epochs, C: { type: 'string' } }, { required: ['C'] })
  const problems = problemsOf(schema.check({ A: 'x', B: 0, D: 1 })).map((problem) => problem.split(':')[0])
  t.deepEqual(problems.toSorted(), ['A', 'B', 'C', 'D'])
})

for (const sent of [null, 'text', 5, true, [], undefined]) {
  test(`${JSON.stringify(sent)} is no set of parameters`, (t) => {
    t.deepEqual(problemsOf(compiled(t, {}).check(sent)), [': the parameters must be one JSON object'])
  })
}

for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf']) {
  test(`the undeclared name ${name} is refused like any other`, (t) => {
    const schema = compiled(t, { TOP: { type: 'integer', default: 1 } })
    for (const value of ['"x"', '{"TOP": 99}', 'null']) {
      const problems = problemsOf(schema.check(JSON.parse(`{"${name}": ${value}}`)))
      t.deepEqual(problems, [`${name}: is no parameter of this asset; it takes TOP`])
    }
    t.is(({} as Record<string, unknown>)['TOP'], undefined, 'nothing was polluted')
  })
}

for (const name of ['constructor', 'toString', 'valueOf']) {
  test(`a parameter may be called ${name}`, (t) => {
    const schema = compiled(t, { [name]: { type: 'string' } })
    t.deepEqual(schema.check({}), { ok: true, environment: {} })
    t.deepEqual(schema.check({ [name]: 'x' }), { ok: true, environment: { [name]: 'x' } })
  })
}

test('names that are not declared are refused whatever the schema says', (t) => {
  for (const more of [{ additionalProperties: true }, { patternProperties: { '.*': { type: 'string' } } }]) {
    const result = compileParameters({ type: 'object', properties: { A: { type: 'string' } }, ...more })
    if (!result.ok) continue // refusing such a schema altogether is as good
    t.deepEqual(problemsOf(result.schema.check({ LD_PRELOAD: 'x' })), [
      'LD_PRELOAD: is no parameter of this asset; it takes A',
    ])
  }
})

test('a check leaves what was sent as it was', (t) => {
  const sent = Object.freeze({ A: '5' })
  compiled(t, { A: { type: 'integer' }, B: { type: 'integer', default: 1 } }).check(sent)
  t.deepEqual(sent, { A: '5' })
})

const badSchemas: readonly (readonly [title: string, schema: Record<string, unknown>, where: readonly string[]])[] = [
  ['of another type than object', { type: 'array' }, ['parameters.type']],
  ['without a type', { properties: {} }, ['parameters.type']],
  ['whose properties are a list', { type: 'object', properties: [] }, ['parameters.properties']],
  ['with a property without a type', { type: 'object', properties: { A: {} } }, ['parameters.properties.A.type']],
  ['with a nested object', { type: 'object', properties: { A: { type: 'object' } } }, ['parameters.properties.A.type']],
  [
    'with a list of types',
    { type: 'object', properties: { A: { type: ['string', 'null'] } } },
    ['parameters.properties.A.type'],
  ],
  [
    'with a name that is no variable',
    { type: 'object', properties: { 'a-b': { type: 'string' } } },
    ['parameters.properties.a-b'],
  ],
  [
    'with a reserved name',
    { type: 'object', properties: { NODE_OPTIONS: { type: 'string' } } },
    ['parameters.properties.NODE_OPTIONS'],
  ],
  [
    'with several faults',
    { type: 'x', properties: { PATH: {} } },
    ['parameters.type', 'parameters.properties.PATH', 'parameters.properties.PATH.type'],
  ],
  [
    'with a keyword that does not exist',
    { type: 'object', properties: { A: { type: 'string', minLenght: 1 } } },
    ['parameters.properties.A'],
  ],
  [
    'with a limit that is no number',
    { type: 'object', properties: { A: { type: 'integer', minimum: 'x' } } },
    ['parameters.properties.A'],
  ],
  [
    'with a pattern that is no regular expression',
    { type: 'object', properties: { A: { type: 'string', pattern: '(' } } },
    ['parameters.properties.A'],
  ],
  [
    'with a reference to elsewhere',
    { type: 'object', properties: { A: { type: 'string', $ref: 'https://example.org/x' } } },
    ['parameters.properties.A'],
  ],
]
for (const [title, schema, where] of badSchemas) {
  test(`refuses a schema ${title}`, (t) => {
    const result = compileParameters(schema)
    t.deepEqual(result.ok ? [] : result.problems.map((problem) => problem.where), where)
  })
}

test('refuses a schema whose check would be asynchronous', (t) => {
  t.false(compileParameters({ type: 'object', $async: true, properties: { A: { type: 'integer' } } }).ok)
})

test('refuses a schema that no set of parameters can satisfy by itself', (t) => {
  t.false(compileParameters({ type: 'object', properties: { A: { type: 'integer', default: 'x' } } }).ok, 'default')
  t.false(compileParameters({ type: 'object', required: ['B'], properties: { A: { type: 'integer' } } }).ok, 'required')
})

test('whatever is sent, only declared names become variables, and their values are text', (t) => {
  const schema = compiled(t, {
    A: { type: 'integer' },
    B: { type: 'string' },
    C: { type: 'boolean' },
    D: { type: 'number' },
  })
  const key = fc.constantFrom('A', 'B', 'C', 'D', '__proto__', 'constructor', 'E')
  const sent = fc
    .array(fc.tuple(key, fc.oneof(fc.jsonValue(), fc.integer().map(String), fc.constantFrom('true', '1.5'))))
    .map((entries) => Object.fromEntries(entries))
  fc.assert(
    fc.property(sent, (values) => {
      const result = schema.check(values)
      if (!result.ok) return t.true(result.problems.length > 0)
      t.true(Object.keys(values).every((name) => schema.names.includes(name)))
      t.deepEqual(Object.keys(result.environment).toSorted(), Object.keys(values).toSorted())
      return t.true(Object.values(result.environment).every((value) => typeof value === 'string'))
    }),
  )
})
