import fc from 'fast-check'
import test from 'ava'
import { buildManifest, parseManifest, type ResultFile } from './manifest.ts'

const sha256 = '0123456789abcdef'.repeat(4)
const file = (path: string, size = 1): ResultFile => ({ path, size, sha256 })
const good = buildManifest('job-1', 2, [file('b.txt', 2), file('a/b', 3), file('B.csv', 0)])

test('files are put in order and summed up', (t) => {
  t.deepEqual(good, {
    version: 1,
    jobId: 'job-1',
    attempt: 2,
    files: [file('B.csv', 0), file('a/b', 3), file('b.txt', 2)],
    totalBytes: 5,
  })
})

test('a result without files is a result', (t) => {
  t.deepEqual(parseManifest(JSON.stringify(buildManifest('j', 1, []))), buildManifest('j', 1, []))
})

test('what is built is read back, whatever the order of the files', (t) => {
  const files = fc.uniqueArray(
    fc.record({
      path: fc.stringMatching(/^[a-z0-9]{1,5}(\/[a-z0-9]{1,5}){0,2}$/),
      size: fc.nat(),
      sha256: fc.stringMatching(/^[0-9a-f]{64}$/),
    }),
    { selector: ({ path }) => path },
  )
  fc.assert(
    fc.property(files, (some) => {
      const manifest = buildManifest('j', 1, some)
      const shuffled = JSON.stringify({ ...manifest, files: manifest.files.toReversed() })
      t.deepEqual(parseManifest(shuffled), manifest)
    }),
  )
})

test('the media type of a file is kept; what is not known is dropped', (t) => {
  const text = JSON.stringify({ ...buildManifest('j', 1, [{ ...file('a'), mediaType: 'text/csv' }]), more: 1 })
  t.deepEqual(parseManifest(text), buildManifest('j', 1, [{ ...file('a'), mediaType: 'text/csv' }]))
})

const broken: readonly (readonly [title: string, change: Record<string, unknown>, message: RegExp])[] = [
  ['another version', { version: 2 }, /no version 1/],
  ['a version in quotes', { version: '1' }, /no version 1/],
  ['no job', { jobId: undefined }, /lacks jobId/],
  ['a job that is no text', { jobId: {} }, /lacks jobId/],
  ['a negative attempt', { attempt: -1 }, /lacks jobId, attempt/],
  ['a broken attempt', { attempt: 1.5 }, /lacks jobId, attempt/],
  ['no files', { files: undefined }, /lacks .* files/],
  ['files that are no list', { files: {} }, /lacks .* files/],
  ['a wrong sum', { totalBytes: 4 }, /not the sum/],
  ['a sum that is text', { totalBytes: '5' }, /lacks/],
  ['a file that is null', { files: [null] }, /no object/],
  ['a file that is a list', { files: [[]] }, /no object/],
  ['a file without a size', { files: [{ path: 'a', sha256 }] }, /lacks path, size or sha256/],
  ['a size below zero', { files: [{ ...file('a'), size: -1 }] }, /lacks path, size/],
  ['a size that is no whole number', { files: [{ ...file('a'), size: 0.5 }] }, /lacks path, size/],
  ['a size too large to be exact', { files: [{ ...file('a'), size: 2 ** 53 }] }, /lacks path, size/],
  ['a digest in upper case', { files: [{ ...file('a'), sha256: sha256.toUpperCase() }] }, /sha256/],
  ['a digest that is short', { files: [{ ...file('a'), sha256: 'abc' }] }, /sha256/],
  ['a path that climbs', { files: [file('../../other/file')] }, /part "\.\."/],
  ['a path that is absolute', { files: [file('/etc/passwd')] }, /empty part/],
  ['a path with strange characters', { files: [file('a\r\nb')] }, /characters/],
  ['a file twice', { files: [file('a'), file('a')], totalBytes: 2 }, /twice/],
  ['a file twice but for upper case', { files: [file('a'), file('A')], totalBytes: 2 }, /twice/],
  ['a media type that is no text', { files: [{ ...file('a'), mediaType: 5 }] }, /mediaType of a/],
  [
    'a media type that would break a header',
    { files: [{ ...file('a'), mediaType: 'a/b\r\nX: y' }], totalBytes: 1 },
    /mediaType of a/,
  ],
]
for (const [title, change, message] of broken) {
  test(`refuses a manifest with ${title}`, (t) => {
    const read = parseManifest(JSON.stringify({ ...good, ...change }))
    t.regex(typeof read === 'string' ? read : 'it was taken', message)
  })
}

for (const text of ['', 'null', '[]', '5', '"text"', '{', '{"version":1']) {
  test(`refuses ${JSON.stringify(text)}`, (t) => t.is(typeof parseManifest(text), 'string'))
}

test('no JSON makes it throw', (t) => {
  fc.assert(fc.property(fc.json(), (text) => t.notThrows(() => parseManifest(text))))
})
