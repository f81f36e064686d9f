import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { open, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { programTest } from '../../test/support/program-test.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { dataDescriptor, directoryEntry, endOfArchive, localHeader } from './zip-records.ts'
import { layOutZip, type ZipFile } from './zip.ts'

const run = promisify(execFile)
const modified = Date.UTC(2026, 10, 21, 13, 14, 15)

/** Reads an archive as Python does, and tells what is in it. */
const inPython = `
import hashlib, json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    print(json.dumps([
        [one.filename, one.file_size, list(one.date_time), one.external_attr >> 16, one.compress_type, hashlib.sha256(archive.read(one)).hexdigest()]
        for one in archive.infolist()
    ]))
`

const contents: Readonly<Record<string, Buffer>> = {
  'a.txt': Buffer.from('first'),
  'plots/deep/empty': Buffer.alloc(0),
  'plots/x@y+z=1.svg': Buffer.from('<svg/>'.repeat(50_000)),
}
const files = Object.entries(contents).map(([path, { byteLength }]) => ({ path, size: byteLength }))

async function* inChunks(content: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.byteLength; at += size) yield content.subarray(at, at + size)
}
const stored = async ({ path }: ZipFile) => inChunks(contents[path] ?? Buffer.alloc(0))
const whole = async (stream: AsyncIterable<Uint8Array>) => Buffer.concat(await Array.fromAsync(stream))

programTest(['python3'], 'names, sizes, times, modes and contents are what went in', async (t) => {
  const path = join(await temporaryFolder(t), 'small.zip')
  await writeFile(path, await whole(layOutZip(files, modified).stream(stored)))
  const { stdout } = await run('python3', ['-c', inPython, path])
  t.deepEqual(
    JSON.parse(stdout),
    files.map(({ path: name, size }) => [
      name,
      size,
      [2026, 11, 21, 13, 14, 14],
      0o100644,
      0,
      createHash('sha256')
        .update(contents[name] ?? '')
        .digest('hex'),
    ]),
  )
})

programTest(['unzip'], 'it unpacks to the same files', async (t) => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'small.zip')
  await writeFile(path, await whole(layOutZip(files, modified).stream(stored)))
  await run('unzip', ['-q', path, '-d', join(folder, 'out')])
  for (const [name, content] of Object.entries(contents))
    t.true(content.equals(await readFile(join(folder, 'out', name))), name)
})

test('the length is known beforehand, and the same files make the same bytes however they come', async (t) => {
  const zip = layOutZip(files, modified)
  const bytes = await whole(zip.stream(stored))
  t.is(bytes.byteLength, zip.length)
  const again = await whole(zip.stream(async ({ path }) => inChunks(contents[path] ?? Buffer.alloc(0), 7)))
  t.true(again.equals(bytes))
  const later = await whole(layOutZip(files, modified + 2000).stream(stored))
  t.false(later.equals(bytes))
  t.is(later.byteLength, bytes.byteLength)
})

test('an archive of nothing is its end alone', async (t) => {
  const zip = layOutZip([], modified)
  t.is(zip.length, 22)
  t.is((await whole(zip.stream(stored))).byteLength, 22)
})

test('times that the format has no room for become the nearest', async (t) => {
  const times = await Promise.all(
    [0, Date.UTC(1980, 0), Date.UTC(2200, 0), Date.UTC(2107, 11, 31, 23, 59, 58)].map((time) =>
      whole(layOutZip(files, time).stream(stored)),
    ),
  )
  t.deepEqual(times[0], times[1])
  t.deepEqual(times[2], times[3])
})

for (const [title, content] of [
  ['shorter', 'firs'],
  ['longer', 'first!'],
] as const) {
  test(`a file that is ${title} than it should be is an error before the archive ends`, async (t) => {
    const zip = layOutZip(files, modified)
    const stream = zip.stream(async () => inChunks(Buffer.from(content)))
    await t.throwsAsync(whole(stream), { message: /a\.txt has .* bytes than announced \(5\)/ })
  })
}

const nothing = Buffer.alloc(2 ** 20)

/** Zeros that take no room on a disk. */
async function* zeros(size: number): AsyncGenerator<Uint8Array> {
  for (let left = size; left > 0; left -= nothing.byteLength)
    yield left >= nothing.byteLength ? nothing : nothing.subarray(0, left)
}

/** Writes an archive of zeros with holes in place of them. */
async function writeSparse(path: string, list: readonly ZipFile[]): Promise<number> {
  const zip = layOutZip(list, modified)
  const file = await open(path, 'wx')
  let at = 0
  for await (const chunk of zip.stream(async ({ size }) => zeros(size))) {
    if (chunk.buffer !== nothing.buffer) await file.write(chunk, 0, chunk.byteLength, at)
    at += chunk.byteLength
  }
  await file.close()
  return zip.length
}

/** What Python finds in an archive, and what comes out of two small files of it. */
const listing = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    print(json.dumps([[one.filename, one.file_size] for one in archive.infolist()][:5]))
    print(len(archive.infolist()))
    for name in sys.argv[2:]: print(len(archive.read(name)))
`

// Its directory and its last files lie beyond 4 GiB.
const large = [
  { path: 'a-small', size: 3 },
  { path: 'b-large', size: 2 ** 32 + 5 },
  { path: 'c-behind', size: 7 },
  { path: 'd-last', size: 9 },
]

programTest(['python3', 'unzip'], 'files and places beyond 4 GiB stand in ZIP64 fields', async (t) => {
  const path = join(await temporaryFolder(t), 'large.zip')
  const length = await writeSparse(path, large)
  t.is((await stat(path)).size, length)
  const { stdout } = await run('python3', ['-c', listing, path, 'a-small', 'c-behind', 'd-last'])
  const [shown, ...rest] = stdout.trim().split('\n')
  t.deepEqual(rest, ['4', '3', '7', '9'])
  t.deepEqual(
    JSON.parse(shown ?? ''),
    large.map(({ path: name, size }) => [name, size]),
  )
  const tested = await run('unzip', ['-t', path, 'a-small', 'c-behind', 'd-last'])
  for (const name of ['a-small', 'c-behind', 'd-last']) t.regex(tested.stdout, new RegExp(`${name}\\s+OK`))
})

for (const [size, wide] of [
  [2 ** 32 - 2, false],
  [2 ** 32 - 1, true],
  [2 ** 32, true],
] as const) {
  test(`a file of ${size} bytes ${wide ? 'needs' : 'does not need'} ZIP64 fields`, (t) => {
    const member = { path: 'x', size, offset: 0 }
    t.is(localHeader(member, modified).length, 31 + (wide ? 20 : 0))
    t.is(dataDescriptor(member, 0).length, wide ? 24 : 16)
    t.is(directoryEntry(member, 0, modified).length, 47 + (wide ? 20 : 0))
    t.is(directoryEntry({ ...member, size: 0, offset: size }, 0, modified).length, 47 + (wide ? 12 : 0))
    t.is(endOfArchive(1, size, 0).length, 22 + (wide ? 76 : 0))
  })
}

programTest(['python3'], 'more files than the old format can count', async (t) => {
  const path = join(await temporaryFolder(t), 'many.zip')
  const many = Array.from({ length: 70_000 }, (_, index) => ({ path: `f${index}`, size: 0 }))
  await writeFile(path, layOutZip(many, modified).stream(stored))
  const { stdout } = await run('python3', ['-c', listing, path])
  t.is(stdout.trim().split('\n')[1], '70000')
})
