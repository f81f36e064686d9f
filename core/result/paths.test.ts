import fc from 'fast-check'
import test from 'ava'
import { collidingPath, pathProblem } from './paths.ts'

for (const path of [
  'a',
  'a.txt',
  '.hidden',
  'a/b/c',
  'A-b_c.d@e+f=g',
  '...',
  'x'.repeat(128),
  Array(16).fill('a').join('/'),
]) {
  test(`${path.slice(0, 30)} (${path.length}) is a path`, (t) => t.is(pathProblem(path), undefined))
}

const long = Array(4).fill('x'.repeat(128)).join('/')
for (const [path, problem] of [
  ['', /empty/],
  ['/a', /empty part/],
  ['a/', /empty part/],
  ['a//b', /empty part/],
  ['.', /part "\."/],
  ['a/../b', /part "\.\."/],
  ['..', /part "\.\."/],
  ['a b', /"a b" has characters/],
  ['a\\b', /characters/],
  ['a\0', /characters/],
  ['a\n', /characters/],
  ['é', /characters/],
  ['a%2e', /characters/],
  ['a:b', /characters/],
  ['a~', /characters/],
  ['x'.repeat(129), /longer than 128/],
  [long, /longer than 512/],
  [Array(17).fill('a').join('/'), /more than 16 parts/],
] as const) {
  test(`${JSON.stringify(path).slice(0, 30)} (${path.length}) is no path`, (t) =>
    t.regex(pathProblem(path) ?? '', problem))
}

test('a path that is taken stays where it is, in a file system and in a URL', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '.', '/', '%', '\\', 'é', ' ', '@', '+') }), (path) => {
      if (pathProblem(path) !== undefined) return
      t.is(decodeURIComponent(new URL(`http://host/files/${path}`).pathname), `/files/${path}`)
    }),
  )
})

test('two paths that differ in upper and lower case only collide; the second is told', (t) => {
  t.is(collidingPath(['a/b', 'c', 'A/B']), 'A/B')
  t.is(collidingPath(['a', 'a']), 'a')
  t.is(collidingPath(['a', 'b', 'a/b']), undefined)
  t.is(collidingPath([]), undefined)
})
