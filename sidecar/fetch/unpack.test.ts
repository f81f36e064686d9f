import { createHash } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { pax, tarEntry, tarOf } from '../../test/corpora/tar-bytes.ts'
import { never, taskOf, temporaryDirectory, urlInput } from '../_task.test.ts'
import { serve } from '../_server.test.ts'
import { ArchiveNames } from './archive-names.ts'
import { fetchInputs } from './fetch-inputs.ts'
import { InputRefusal } from './input-refusal.ts'
import { unpack } from './unpack.ts'

/** The characters of kinds, by their names. */
const types = { file: '0', link: '1', symlink: '2', 'character-device': '3', directory: '5', fifo: '6' } as const

interface Entry {
  readonly name: string
  readonly text?: string
  readonly type?: keyof typeof types
  readonly linkname?: string
  readonly mode?: number
}

function tar(...entries: Entry[]): Buffer {
  return tarOf(
    ...entries.flatMap(({ name, text = '', type = 'file', linkname = '', mode = 0o644 }) => [
      ...(name.length > 100 ? [pax({ path: name })] : []),
      tarEntry({ name, data: text, type: types[type], link: linkname, mode }),
    ]),
  )
}

async function unpacked(t: ExecutionContext, archive: Buffer, maximumBytes = 1000): Promise<string> {
  const directory = await temporaryDirectory(t)
  await writeFile(join(directory, 'archive'), archive)
  await unpack(join(directory, 'archive'), join(directory, 'out'), maximumBytes, never)
  return join(directory, 'out')
}

async function refused(t: ExecutionContext, archive: Buffer, message: RegExp, maximumBytes?: number): Promise<void> {
  const error = await t.throwsAsync(unpacked(t, archive, maximumBytes))
  t.true(error instanceof InputRefusal, String(error?.stack))
  t.regex(error?.message ?? '', message)
}

for (const [kind, compress] of [
  ['tar', (bytes: Buffer) => bytes],
  ['tar.gz', gzipSync],
] as const) {
  test(`unpacks a ${kind}; mode bits and owners are dropped`, async (t) => {
    const long = `deep/${'n'.repeat(120)}/file.txt`
    const archive = tar(
      { name: './', type: 'directory' },
      { name: './data/', type: 'directory', mode: 0o1777 },
      { name: './data/run.sh', text: 'echo', mode: 0o6777 },
      { name: 'empty', text: '' },
      { name: long, text: 'long name' },
    )
    const out = await unpacked(t, compress(archive))
    t.deepEqual((await readdir(out)).toSorted(), ['data', 'deep', 'empty'])
    t.is(await readFile(join(out, 'data/run.sh'), 'utf8'), 'echo')
    t.is(await readFile(join(out, long), 'utf8'), 'long name')
    t.is((await stat(join(out, 'data/run.sh'))).mode & 0o7111, 0)
    t.is((await stat(join(out, 'data'))).mode & 0o7000, 0)
  })
}

test('an archive of nothing is an empty directory', async (t) => {
  t.deepEqual(await readdir(await unpacked(t, tar())), [])
})

const bad: readonly (readonly [string, RegExp, Entry[]])[] = [
  [
    'a symbolic link',
    /"x" of the archive is a symlink; only regular/,
    [{ name: 'x', type: 'symlink', linkname: '/etc' }],
  ],
  ['a hard link', /"x" of the archive is a link; only regular/, [{ name: 'x', type: 'link', linkname: 'y' }]],
  ['a device', /is a character device; only regular/, [{ name: 'x', type: 'character-device' }]],
  ['a named pipe', /is a fifo; only regular/, [{ name: 'x', type: 'fifo' }]],
  ['a way up', /has a name that cannot be taken/, [{ name: '../x', text: '' }]],
  ['a way up inside', /has a name that cannot be taken/, [{ name: 'a/../../x', text: '' }]],
  ['an absolute name', /has a name that cannot be taken/, [{ name: '/etc/passwd', text: '' }]],
  ['an odd name', /has a name that cannot be taken/, [{ name: 'a b', text: '' }]],
  [
    'a name twice',
    /"a" of the archive is in it twice/,
    [
      { name: 'a', text: '1' },
      { name: './a', text: '2' },
    ],
  ],
  [
    'names that differ in case',
    /differs from a in upper and lower/,
    [
      { name: 'a', text: '' },
      { name: 'A', text: '' },
    ],
  ],
  [
    'directories that differ in case',
    /differs from a in upper/,
    [
      { name: 'a/1', text: '' },
      { name: 'A/2', text: '' },
    ],
  ],
  [
    'a file as directory',
    /is a file and a directory/,
    [
      { name: 'a', text: '' },
      { name: 'a/b', text: '' },
    ],
  ],
  [
    'a directory as file',
    /is a file and a directory/,
    [
      { name: 'a/b', text: '' },
      { name: 'a', text: '' },
    ],
  ],
]
for (const [what, message, entries] of bad) {
  test(`refuses ${what}`, async (t) => refused(t, tar(...entries), message))
}

test('what is written through a link first is refused at the link', async (t) => {
  const archive = tar({ name: 'x', type: 'symlink', linkname: '/tmp' }, { name: 'x/escaped', text: 'x' })
  await refused(t, archive, /is a symlink/)
})

test('maximumBytes holds for what is unpacked, to the byte', async (t) => {
  const archive = gzipSync(tar({ name: 'a', text: 'x'.repeat(600) }, { name: 'b', text: 'x'.repeat(400) }))
  await t.notThrowsAsync(unpacked(t, archive, 1000))
  await refused(t, archive, /unpacks to more than maximumBytes \(999\)/, 999)
})

test('zeros without end behind the last entry are not read to their end', async (t) => {
  const archive = Buffer.concat([tar({ name: 'a', text: 'x' }), Buffer.alloc(64 * 2 ** 20)])
  await refused(t, gzipSync(archive), /unpacks to far more than maximumBytes/)
})

const directories = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ name: `d${i}/`, type: 'directory' as const }))

test('10,000 entries are taken, one more is not', async (t) => {
  await t.notThrowsAsync(unpacked(t, tar(...directories(10_000))))
  await refused(t, tar(...directories(10_001)), /has more than 10000 entries/)
})

test('what is no tar is told by what it is', async (t) => {
  await refused(t, Buffer.from('PK\u0003\u0004'), /it is a zip archive/)
  await refused(t, Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), /it is a xz archive/)
  await refused(t, Buffer.alloc(0), /the archive is empty/)
  await refused(t, Buffer.from('just text'), /no tar archive, or a broken one/)
  await refused(t, Buffer.alloc(2000, 'just text'), /no tar archive, or a broken one/)
  await refused(t, gzipSync('just text'), /no tar archive, or a broken one/)
})

test('broken archives are refused', async (t) => {
  const archive = tar({ name: 'a', text: 'x'.repeat(900) })
  await refused(t, archive.subarray(0, 700), /no tar archive, or a broken one/)
  const packed = gzipSync(tar({ name: 'a', text: 'x'.repeat(900) }, { name: 'b', text: 'y' }))
  await refused(t, packed.subarray(0, packed.length - 20), /gzip compression is broken/)
  const flipped = Buffer.from(packed)
  flipped[flipped.length - 6] = (flipped[flipped.length - 6] ?? 0) ^ 1
  await refused(t, flipped, /gzip compression is broken/)
})

test('an archive input becomes a directory of its name, its digest being that of the archive', async (t) => {
  const directory = await temporaryDirectory(t)
  const archive = gzipSync(tar({ name: 'data/a.txt', text: 'x' }))
  const host = await serve(t, (_, response) => response.end(archive))
  const sha256 = createHash('sha256').update(archive).digest('hex')
  const inputs = [urlInput(`http://${host}/`, { name: 'set', kind: 'archive', sha256 })]
  const task = taskOf({ kind: 'directory', root: '/' }, { allowedHosts: [host], inputs })
  await fetchInputs(task, directory, never)
  t.deepEqual(await readdir(directory), ['set'])
  t.is(await readFile(join(directory, 'set/data/a.txt'), 'utf8'), 'x')
  await fetchInputs(task, directory, never)
  t.deepEqual(await readdir(directory, { recursive: true }), ['set', 'set/data', 'set/data/a.txt'], 'once more')
})

test('folders that no entry declares count, too', (t) => {
  const names = new ArchiveNames()
  names.take('a/b/c/d', 'file')
  names.take('a/b/e', 'directory')
  t.is(names.size, 5)
})
