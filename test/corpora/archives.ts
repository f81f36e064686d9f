import { gzipSync } from 'node:zlib'
import { base256, gnuLongName, pax, type TarEntry, tarEnd, tarEntry, tarOf } from './tar-bytes.ts'
import { zipCases } from './zips.ts'

/** An archive, and what becomes of it. */
export interface ArchiveCase {
  readonly name: string
  readonly bytes: Buffer
  /** The files that it unpacks to, or why it is refused. */
  readonly verdict: readonly string[] | RegExp
  /** Of the input. @default 1 MiB */
  readonly maximumBytes?: number
}

type Plain = readonly [name: string, bytes: Buffer, verdict: readonly string[] | RegExp, maximumBytes?: number]

const file = (name: string, data = 'x'): TarEntry => ({ name, data })
const folder = (name: string): TarEntry => ({ name, type: '5' })

const badName = /has a name that cannot be taken|has a name of \d+ characters/
const kind = /only regular files and directories are unpacked/
const noTar = /no tar archive, or a broken one/
const tooMuch = /unpacks to (far )?more than/

/** Names that no entry may have. */
const hostileNames: readonly string[] = [
  '../x',
  '../../x',
  '../../../../../../../../etc/cron.d/x',
  'a/../../x',
  'a/..',
  'a/../b',
  './../x',
  '..',
  'a/./b',
  'a/.',
  '/x',
  '/etc/passwd',
  '//x',
  '/./x',
  '/../x',
  'a//b',
  'a\\b',
  '..\\x',
  '\\x',
  '\\\\host\\share',
  'C:\\x',
  'C:x',
  'C:/x',
  'a:b',
  'a\nb',
  'a\rb',
  'a\tb',
  'a b',
  ' a',
  'a ',
  'é',
  'e\u0301',
  'a\u202Eb',
  'a\u200Bb',
  '\uFF0E\uFF0E/x',
  '..\u2215x',
  'a\u0085b',
  'a*',
  'a?',
  'a|b',
  'a<b',
  'a>b',
  'a"b',
  "a'b",
  'a`b',
  'a$b',
  '$(x)',
  '~',
  '~root',
  '%2e%2e/x',
  '..%2fx',
  'a%00b',
  '\u001B[2J',
  'a;b',
  'a&b',
  'a#b',
  'a!b',
  '{a,b}',
  '[a]',
  'a,b',
  'a^b',
  '....//x',
  '.. /x',
  '.\u0001./x',
  'x'.repeat(129),
  `${'a/'.repeat(16)}b`,
  `${'y'.repeat(120)}/`.repeat(4) + 'z'.repeat(60),
]
/** Names that are unusual, and harmless. */
const harmlessNames: readonly string[] = [
  '.hidden',
  '...',
  '..a',
  'a..',
  '-rf',
  '--checkpoint',
  '@x',
  '+x',
  '=x',
  'a=b',
  '_',
  'CON',
  'nul.txt',
  'a.tar',
  'A',
  'con/a',
  `${'a/'.repeat(15)}b`,
  'x'.repeat(100),
  'incomplete',
  '.git/config',
  '.npmrc',
  'node_modules/x/package.json',
  'constructor',
  'prototype',
  '__proto__',
  'toString',
]

const named: readonly Plain[] = [
  ...hostileNames.flatMap((name): Plain[] => {
    const shown = JSON.stringify(name).slice(0, 40)
    const fits = Buffer.byteLength(name) <= 100 && !name.includes('\0')
    return [
      ...(fits ? [[`the name ${shown}`, tarOf(file(name)), badName] as const] : []),
      [`the pax path ${shown}`, tarOf(pax({ path: name }), file('good')), badName],
      [`the GNU long name ${shown}`, tarOf(gnuLongName(name), file('good')), badName],
    ]
  }),
  ...['../x', '/x', 'a/../../x', 'a b', 'a\\b', '..', 'a/..', './..', 'é'].map(
    (name): Plain => [`a folder named ${name}`, tarOf(folder(`${name}/`)), badName],
  ),
  ...harmlessNames.map((name): Plain => [`the harmless name ${name.slice(0, 20)}`, tarOf(file(name)), [name]]),
  ['a prefix that climbs', tarOf({ name: 'x', prefix: '..', data: 'x' }), badName],
  ['a prefix that is absolute', tarOf({ name: 'x', prefix: '/etc', data: 'x' }), badName],
  ['a prefix that is fine', tarOf({ name: 'x', prefix: 'a/b', data: 'x' }), ['a/b/x']],
  ['bytes that are no UTF-8', tarOf({ name: Buffer.from([0x61, 0xff, 0xfe]), data: 'x' }), badName],
  ['an overlong slash', tarOf({ name: Buffer.from([0x2e, 0x2e, 0xc0, 0xaf, 0x78]), data: 'x' }), badName],
  ['no name', tarOf(file('')), badName],
  ['a name of slashes', tarOf(gnuLongName('/'.repeat(65_000) + 'a'), folder('x')), badName],
  ['a name of dots and slashes', tarOf(gnuLongName('./'.repeat(32_000)), folder('x')), badName],
  ['a name of a megabyte', tarOf(gnuLongName('a'.repeat(1_000_000)), file('x')), noTar],
  ['NUL within a pax path', tarOf(pax({ path: 'a\0../../x' }), file('x')), badName],
  ['a global path', tarOf(pax({ path: '../x' }, 'g'), pax({ comment: 'c' }), file('x')), noTar],
  ['a global comment', tarOf(pax({ comment: 'c' }, 'g'), file('x')), ['x']],
  ['a pax path that ends with a slash', tarOf(pax({ path: 'x/' }), file('y')), badName],
  ['a pax path of a folder', tarOf(pax({ path: 'x/' }), folder('y'), file('x/z')), ['x/z']],
  ['a pax path and a GNU long name', tarOf(gnuLongName('a'), pax({ path: 'b' }), file('c')), ['b']],
  ['the folder itself', tarOf(folder('./'), folder('.'), folder('././'), file('./a')), ['a']],
]

const kinds: readonly Plain[] = [
  ...(
    [
      ['1', 'link'],
      ['2', 'symlink'],
      ['3', 'character device'],
      ['4', 'block device'],
      ['6', 'fifo'],
      ['7', 'contiguous file'],
    ] as const
  ).flatMap(([type, what]): Plain[] => [
    [`a ${what}`, tarOf({ name: 'x', type, link: '/etc/passwd' }), kind],
    [`a ${what} with data`, tarOf({ name: 'x', type, link: '../x', data: 'data' }), kind],
    [`a ${what} behind a file`, tarOf(file('a'), { name: 'b', type, link: 'a' }), kind],
  ]),
  ...['8', '9', 'A', 'D', 'M', 'N', 'S', 'V', 'X', 'Z', 'a', 'z', '~', ' '].map(
    (type): Plain => [`the kind ${type}`, tarOf({ name: 'x', type, data: 'x' }), kind],
  ),
  ['a file written through a link', tarOf({ name: 'x', type: '2', link: '/tmp' }, file('x/escaped')), kind],
  [
    'a file written through a link to its own folder',
    tarOf(folder('d'), { name: 'd/x', type: '2', link: '.' }, file('d/x/y')),
    kind,
  ],
  ['a link in place of the folder', tarOf({ name: './', type: '2', link: '/tmp' }, file('y')), kind],
  ['a link with a harmless target', tarOf(file('a'), { name: 'b', type: '2', link: 'a' }), kind],
  ['a hard link to a file of the archive', tarOf(file('a'), { name: 'b', type: '1', link: 'a' }), kind],
  ['a GNU long link', tarOf(tarEntry({ name: 'L', type: 'K', data: '/etc/passwd\0' }), { name: 'x', type: '2' }), kind],
  ['a pax linkpath', tarOf(pax({ linkpath: '/etc/passwd' }), { name: 'x', type: '2' }), kind],
  [
    'a sparse file (pax 1.0)',
    tarOf(
      pax({
        'GNU.sparse.major': '1',
        'GNU.sparse.minor': '0',
        'GNU.sparse.name': '../x',
        'GNU.sparse.realsize': '99999999999',
      }),
      file('x'),
    ),
    kind,
  ],
  [
    'a sparse file (pax 0.1)',
    tarOf(pax({ 'GNU.sparse.size': '99999999999', 'GNU.sparse.map': '0,1' }), file('x')),
    kind,
  ],
  ['the old kind of files', tarOf({ name: 'x', type: '\0', data: 'x' }), ['x']],
  ['the old kind of folders', tarOf({ name: 'd/', type: '\0' }, file('d/x')), ['d/x']],
  ['a file with the mode of a link', tarOf({ name: 'x', mode: 0o120777, data: '/etc/passwd' }), ['x']],
  ['a file with setuid and setgid', tarOf({ name: 'x', mode: 0o6777, data: 'x' }), ['x']],
  ['a folder that nobody may open', tarOf({ name: 'd', type: '5', mode: 0 }, file('d/x')), ['d/x']],
]

const several: readonly Plain[] = [
  ['a file twice', tarOf(file('a'), file('a')), /is in it twice/],
  ['a file twice, spelled differently', tarOf(file('a'), file('./a')), /is in it twice/],
  ['a folder twice', tarOf(folder('a'), folder('a/')), /is in it twice/],
  ['upper and lower case', tarOf(file('a'), file('A')), /upper and lower case only/],
  ['upper and lower case of folders', tarOf(file('a/x'), file('A/y')), /upper and lower case only/],
  ['upper and lower case deep inside', tarOf(file('a/b/c'), file('a/B/d')), /upper and lower case only/],
  ['a file and a folder', tarOf(file('a'), folder('a')), /is a file and a directory/],
  ['a folder and a file', tarOf(folder('a'), file('a')), /is a file and a directory/],
  ['a file where a folder is needed', tarOf(file('a'), file('a/b')), /is a file and a directory/],
  ['a folder where a file is', tarOf(file('a/b'), file('a')), /is a file and a directory/],
  [
    'the same name globally',
    tarOf(pax({ path: 'same' }, 'g'), pax({ a: 'b' }), file('a'), pax({ a: 'b' }), file('b')),
    noTar,
  ],
  ['a folder after its file', tarOf(file('d/x'), folder('d')), ['d/x']],
  ['two archives in a row', Buffer.concat([tarOf(file('a')), tarOf(file('b'))]), noTar],
  [
    'two archives with one empty block between them',
    Buffer.concat([tarEntry(file('a')), Buffer.alloc(512), tarOf(file('../b'))]),
    noTar,
  ],
  ['an archive in an archive', tarOf({ name: 'inner.tar.gz', data: gzipSync(tarOf(file('../x'))) }), ['inner.tar.gz']],
]

const size = (name: string, bytes: Buffer, more: Buffer = Buffer.alloc(0)): Buffer =>
  Buffer.concat([tarEntry({ name, data: 'x'.repeat(100), size: bytes }), more, tarEnd])
const sizes: readonly Plain[] = [
  ['a negative size', size('x', base256(-1n)), noTar],
  ['a very negative size', size('x', base256(-(2n ** 80n))), noTar],
  ['a size of 2^63', size('x', base256(2n ** 63n)), noTar],
  ['a size of 2^87', size('x', base256(2n ** 87n)), noTar],
  ['a size of 2^50', size('x', base256(2n ** 50n)), tooMuch],
  ['a size beyond the end', size('x', base256(100_000n)), noTar],
  ['an exact size in base 256', tarOf({ ...file('x', 'x'.repeat(100)), size: base256(100n) }), ['x']],
  ['a size with a broken first byte', size('x', Buffer.concat([Buffer.from([0x90]), Buffer.alloc(11)])), noTar],
  ['a size in letters', size('x', Buffer.from('hello world\0')), noTar],
  ['a size of spaces', size('x', Buffer.from(' '.repeat(12))), noTar],
  ['a size in hexadecimal', size('x', Buffer.from('0x64       \0')), noTar],
  ['a size with a sign', size('x', Buffer.from('-0000000100\0')), noTar],
  ['the largest octal size', size('x', Buffer.from('777777777777')), tooMuch],
  ['a pax size that is negative', tarOf(pax({ size: '-1' }), file('x')), noTar],
  ['a pax size that is no number', tarOf(pax({ size: 'NaN' }), file('x')), noTar],
  ['a pax size without end', tarOf(pax({ size: 'Infinity' }), file('x')), noTar],
  ['a pax size of 10^30', tarOf(pax({ size: `1${'0'.repeat(30)}` }), file('x')), noTar],
  ['a pax size of 10^14', tarOf(pax({ size: `1${'0'.repeat(14)}` }), file('x')), tooMuch],
  ['a pax size in place of a wrong one', tarOf(pax({ size: '1' }), { ...file('x'), size: 0 }), ['x']],
  ['a pax size beyond the end', tarOf(pax({ size: '100000' }), file('x')), noTar],
  ['a folder with a size', tarOf({ name: 'd', type: '5', size: 99_999_999 }), noTar],
  ['exactly as much as is allowed', tarOf(file('x', 'x'.repeat(1000))), ['x'], 1000],
  ['one byte more', tarOf(file('x', 'x'.repeat(1001))), tooMuch, 1000],
  ['one byte more in all', tarOf(file('x', 'x'.repeat(600)), file('y', 'y'.repeat(401))), tooMuch, 1000],
  [
    'a negative size of a long name',
    Buffer.concat([tarEntry({ name: 'L', type: 'L', size: base256(-512n) }), tarOf(file('x'))]),
    noTar,
  ],
  [
    'a negative size of extended fields',
    Buffer.concat([tarEntry({ name: 'P', type: 'x', size: base256(-512n) }), tarOf(file('x'))]),
    noTar,
  ],
  ['a long name of 5 MiB', tarOf(gnuLongName('a'.repeat(5 * 2 ** 20)), file('x')), noTar],
]

const fields: readonly Plain[] = [
  [
    'many extended fields',
    tarOf(pax(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, 'v']))), file('x')),
    noTar,
  ],
  [
    'many global fields',
    tarOf(
      pax(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, 'v'])), 'g'),
      pax({ a: 'b' }),
      file('x'),
    ),
    noTar,
  ],
  [
    'fields that mean something to JavaScript',
    tarOf(pax({ ['__proto__']: 'polluted', constructor: 'polluted' }), file('x')),
    ['x'],
  ],
  ['a field without a value', tarOf(pax('11 comment\n'), file('x')), noTar],
  ['a field whose length is wrong', tarOf(pax('999 path=../x\n'), file('x')), noTar],
  ['a field whose length is negative', tarOf(pax('-10 path=../x\n'), file('x')), noTar],
  ['a field whose length is nothing', tarOf(pax('0 path=../x\n'), file('x')), noTar],
  ['a field whose length is no number', tarOf(pax('abc path=../x\n'), file('x')), noTar],
  ['an empty path', tarOf(pax({ path: '' }), file('x')), badName],
  [
    'fields of times, owners and attributes',
    tarOf(
      pax({
        mtime: '99999999999999.5',
        uid: '-1',
        gname: 'root',
        'SCHILY.xattr.security.capability': 'x',
        'LIBARCHIVE.xattr.user': 'x',
      }),
      file('x'),
    ),
    ['x'],
  ],
  ['extended fields and nothing after them', Buffer.concat([pax({ path: 'x' }), tarEnd]), []],
  ['a long name and nothing after it', Buffer.concat([gnuLongName('x'), tarEnd]), []],
]

const sound = tarOf(file('a', 'x'.repeat(900)), file('b/c', 'y'.repeat(300)))
const packed = gzipSync(sound)
const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 0x55
  return copy
}
const broken: readonly Plain[] = [
  ['a sound archive', sound, ['a', 'b/c']],
  ['without its end', sound.subarray(0, -1024), noTar],
  ['with half of its end', sound.subarray(0, -512), ['a', 'b/c']],
  ['with zeros behind its end', Buffer.concat([sound, Buffer.alloc(100_000)]), ['a', 'b/c']],
  ['with text behind its end', Buffer.concat([sound, Buffer.alloc(1024, 'text')]), noTar],
  ['only its end', tarEnd, []],
  ['a wrong checksum', tarOf({ ...file('a'), checksumOff: 1 }), noTar],
  ['a wrong checksum of the second entry', tarOf(file('a'), { ...file('b'), checksumOff: -1 }), noTar],
  ['no magic', tarOf({ ...file('a'), magic: '\0\0\0\0\0\0\0\0' }), noTar],
  ['another magic', tarOf({ ...file('a'), magic: 'xstar\u000000' }), noTar],
  ['the magic of GNU', tarOf({ ...file('a'), magic: 'ustar  \u0000' }), ['a']],
  ...[1, 100, 256, 511, 513, 700, 1000, 1400, 1535, 1600, 2047].map(
    (length): Plain => [`cut after ${length} bytes`, sound.subarray(0, length), noTar],
  ),
  ...[0, 50, 99, 124, 130, 150, 156, 257, 300].map((at): Plain => [`byte ${at} changed`, flipped(sound, at), noTar]),
]
const gzips: readonly Plain[] = [
  ...[3, 10, 18, 40].map(
    (length): Plain => [
      `gzip cut after ${length} bytes`,
      packed.subarray(0, length),
      /gzip compression is broken|no tar/,
    ],
  ),
  ...[2, 12, 20, 30, 40].map(
    (at): Plain => [
      `gzip with byte ${at} changed`,
      flipped(packed, at),
      /gzip compression is broken|no tar|cannot be taken/,
    ],
  ),
  ...[1, 5].map(
    (back): Plain => [
      `gzip with the ${back}. last byte changed`,
      flipped(packed, packed.length - back),
      /gzip compression is broken/,
    ],
  ),
  [
    'gzip in two members',
    Buffer.concat([gzipSync(sound.subarray(0, 700)), gzipSync(sound.subarray(700))]),
    ['a', 'b/c'],
  ],
  ['gzip twice', gzipSync(packed), noTar],
  ['gzip of a zip', gzipSync(Buffer.from('PK\u0003\u0004' + 'x'.repeat(600))), noTar],
  ['gzip of nothing', gzipSync(Buffer.alloc(0)), noTar],
  ['gzip with a name that climbs', withName(packed, '../../x'), ['a', 'b/c']],
  [
    'a file that unpacks to 250 times its size',
    gzipSync(tarOf({ name: 'x', data: Buffer.alloc(80 * 2 ** 20) })),
    tooMuch,
    2 ** 30,
  ],
  ['zeros without end', gzipSync(Buffer.concat([sound, Buffer.alloc(100 * 2 ** 20)])), tooMuch, 2 ** 30],
]

/** A gzip header with a file name (RFC 1952, FNAME), which some programs unpack to. */
function withName(gzip: Buffer, name: string): Buffer {
  const head = Buffer.from(gzip.subarray(0, 10))
  head[3] = 8
  return Buffer.concat([head, Buffer.from(`${name}\0`), gzip.subarray(10)])
}

const others: readonly Plain[] = [
  ['nothing', Buffer.alloc(0), /the archive is empty/],
  ['one byte', Buffer.from('x'), noTar],
  ['text', Buffer.from('just text'), noTar],
  ['a page', Buffer.from('<!doctype html><title>Log in</title>'.padEnd(600)), noTar],
  ['JSON', Buffer.from('{"error":"not found"}'.padEnd(512)), noTar],
  ['a program', Buffer.concat([Buffer.from('\u007FELF'), Buffer.alloc(600)]), noTar],
  ['RAR', Buffer.concat([Buffer.from('Rar!\u001A\u0007\u0000'), Buffer.alloc(600)]), noTar],
  ['cpio', Buffer.from('070701'.padEnd(600, '0')), noTar],
  ['ar', Buffer.from('!<arch>\n'.padEnd(600, 'x')), noTar],
  ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1, 2]), /it is a xz archive/],
  ['bzip2', Buffer.from('BZh91AY&SY'), /it is a bzip2 archive/],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 2]), /it is a zstd archive/],
  ['7z', Buffer.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]), /it is a 7z archive/],
  ...zipCases.map(([name, bytes]): Plain => [name, bytes, /it is a zip archive|no tar archive/]),
]

const inBothForms = [...named, ...kinds, ...several, ...sizes, ...fields, ...broken]

/** The archives, each with its verdict; those that are tars stand once more compressed. */
export const archiveCases: readonly ArchiveCase[] = [
  ...inBothForms.map(caseOf),
  ...inBothForms.map(([name, bytes, ...rest]) => caseOf([`${name} (tar.gz)`, gzipSync(bytes), ...rest])),
  ...gzips.map(caseOf),
  ...others.map(caseOf),
]

function caseOf([name, bytes, verdict, maximumBytes]: Plain): ArchiveCase {
  return { name, bytes, verdict, ...(maximumBytes === undefined ? {} : { maximumBytes }) }
}
