import test from 'ava'
import { z } from 'zod'
import { readBySchema } from './schema-problems.ts'

const schema = z.strictObject({
  name: z.string().min(1).max(5),
  count: z.int().min(1).max(9).optional(),
  on: z.boolean().optional(),
  kind: z.enum(['a', 'b', 'c']).default('a'),
  list: z
    .array(z.strictObject({ x: z.string(), y: z.string().optional() }))
    .min(2)
    .max(3)
    .optional(),
  named: z.record(z.string().regex(/^[a-z]+$/, 'expected small letters'), z.string()).optional(),
  from: z
    .union([z.strictObject({ url: z.string().min(3) }), z.strictObject({ key: z.strictObject({ id: z.string() }) })], {
      error: 'expected url or key',
    })
    .optional(),
  nested: z.strictObject({ limit: z.string().max(3, 'say less').optional() }).prefault({}),
})

const rows: readonly (readonly [title: string, value: unknown, problems: readonly string[]])[] = [
  ['nothing', undefined, [': is missing; expected an object (names with values)']],
  ['null', null, [': expected an object (names with values), found nothing']],
  ['what is missing', {}, ['name: is missing; expected text']],
  ['a number for text', { name: 5 }, ['name: expected text, found a number; put it in quotes']],
  ['true for text', { name: true }, ['name: expected text, found true; put it in quotes']],
  ['an object for text', { name: {} }, ['name: expected text, found an object']],
  ['empty text', { name: '' }, ['name: is empty; expected at least one character']],
  ['long text', { name: 'abcdef' }, ['name: expected at most 5 characters']],
  ['text for a number', { name: 'a', count: '5' }, ['count: expected a number, found text']],
  ['a fraction', { name: 'a', count: 1.5 }, ['count: expected a whole number, found a fraction or more than 2^53']],
  ['no number', { name: 'a', count: Number.NaN }, ['count: expected a number']],
  ['too few', { name: 'a', count: 0 }, ['count: expected at least 1']],
  ['too many', { name: 'a', count: 10 }, ['count: expected at most 9']],
  ['text for a flag', { name: 'a', on: 'yes' }, ['on: expected true or false, found text']],
  ['a kind there is none of', { name: 'a', kind: 'd' }, ['kind: expected a, b or c']],
  ['text for a list', { name: 'a', list: 'x' }, ['list: expected a list, found text; write it as [a, b]']],
  ['a short list', { name: 'a', list: [{ x: '' }] }, ['list: expected at least 2 entries']],
  [
    'fields there are none of, each at its place',
    { name: 'a', more: 1, list: [{ x: '', z: 1 }, { x: '' }], nested: { limt: '' } },
    [
      'list[0].z: there is no such field; expected x or y',
      'nested.limt: there is no such field; expected limit',
      'more: there is no such field; expected name, count, on, kind, list, named, from or nested',
    ],
  ],
  ['a key', { name: 'a', named: { 'A b': '' } }, ['named["A b"]: expected small letters']],
  ['none of several forms', { name: 'a', from: {} }, ['from: expected url or key']],
  ['two of several forms', { name: 'a', from: { url: 'abc', key: { id: '' } } }, ['from: expected url or key']],
  [
    'one of several forms, with something wrong in it',
    { name: 'a', from: { key: {} } },
    ['from.key.id: is missing; expected text'],
  ],
  ['words of the schema’s own', { name: 'a', nested: { limit: 'secret' } }, ['nested.limit: say less']],
]
for (const [title, value, problems] of rows) {
  test(`says of ${title} where and what`, (t) => {
    const read = readBySchema(schema, value)
    t.deepEqual(read.ok ? [] : read.problems.map(({ where, message }) => `${where}: ${message}`), problems)
  })
}

test('what fits is read, with its defaults', (t) => {
  t.deepEqual(readBySchema(schema, { name: 'a' }), { ok: true, value: { name: 'a', kind: 'a', nested: {} } })
})

test('a field may be called otherwise', (t) => {
  const read = readBySchema(z.strictObject({ page: z.string().optional() }), { pgae: '1' }, 'query parameter')
  t.deepEqual(read.ok ? [] : read.problems, [
    { where: 'pgae', message: 'there is no such query parameter; expected page' },
  ])
})
