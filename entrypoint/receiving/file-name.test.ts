import fc from 'fast-check'
import test from 'ava'
import { pathProblem } from '../../core/result/paths.ts'
import { announcedDigest } from './announced-digest.ts'
import { nameInDisposition, nameInUrl } from './file-name.ts'

for (const [header, name] of [
  ['attachment; filename="a.csv"', 'a.csv'],
  ['attachment; filename=a.csv', 'a.csv'],
  ['inline; filename="a.csv"; filename*=UTF-8\'\'b%2Bc.csv', 'b+c.csv'],
  ['attachment; filename="x.csv"; filename*=UTF-8\'\'%E4%BD%A0.csv', 'x.csv'],
  ['attachment; filename="../../etc/passwd"', undefined],
  ['attachment; filename="a b.csv"', undefined],
  ["attachment; filename*=UTF-8''%2e%2e", undefined],
  ["attachment; filename*=UTF-8''%", undefined],
  ['attachment', undefined],
  [undefined, undefined],
] as const)
  test(`${String(header)} names ${String(name)}`, (t) => t.is(nameInDisposition(header), name))

test('the last part of an address names a file where it can', (t) => {
  t.is(nameInUrl('https://x.example/a/b.csv?sig=c/d.csv'), 'b.csv')
  t.is(nameInUrl('https://x.example/a/'), undefined)
  t.is(nameInUrl('https://x.example'), undefined)
  t.is(nameInUrl('https://x.example/..%2Fa'), undefined)
})

test('whatever is sent, a name stays where it is put', (t) => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('.', '/', '%', '2', 'e', 'f', 'a', '"', ';', '=', '\\') }),
      (text) => {
        for (const name of [
          nameInDisposition(`attachment; filename="${text}"`),
          nameInDisposition(`attachment; filename*=UTF-8''${text}`),
          nameInUrl(`https://x.example/${text}`),
        ])
          t.true(name === undefined || (!name.includes('/') && pathProblem(name) === undefined))
      },
    ),
  )
})

test('a digest is read from either header, and from nothing else', (t) => {
  const digest = `sha-256=:${Buffer.alloc(32, 7).toString('base64')}:`
  const hex = Buffer.alloc(32, 7).toString('hex')
  t.is(announcedDigest({ 'repr-digest': digest }), hex)
  t.is(announcedDigest({ 'repr-digest': `sha-512=:AAAA:, ${digest}` }), hex)
  t.is(announcedDigest({ 'content-digest': digest }), hex)
  t.is(announcedDigest({ 'repr-digest': 'sha-256=:AAAA:' }), undefined)
  t.is(announcedDigest({ 'repr-digest': [digest] }), undefined)
  t.is(announcedDigest({}), undefined)
})
