import { createHash, randomBytes } from 'node:crypto'
import { appendFile, mkdir, readdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { filesPrefix, manifestKey } from '../../core/job/names.ts'
import { parseManifest } from '../../core/result/manifest.ts'
import { never, output, taskOf, temporaryDirectory } from '../_task.test.ts'
import { SidecarFailure } from '../failure.ts'
import { partSize } from '../store/store.ts'
import { openOutput } from './output-file.ts'
import { uploadOutputs } from './upload-outputs.ts'
import { walkOutputs } from './walk.ts'

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')
const failing = (error: unknown) => (error instanceof SidecarFailure ? error.code : String(error))

test('takes small files, large ones and directories into the store, and the manifest last', async (t) => {
  const [root, outputs] = [await temporaryDirectory(t), await temporaryDirectory(t)]
  const task = taskOf(
    { kind: 'directory', root },
    {
      outputs: [
        output('counts.json', { required: true, mediaType: 'application/json' }),
        output('big.bin'),
        output('plots', { kind: 'directory' }),
      ],
    },
  )
  const big = randomBytes(2 * partSize + 12_345)
  const medium = randomBytes(partSize)
  await writeFile(join(outputs, 'counts.json'), '{"a":1}')
  await writeFile(join(outputs, 'big.bin'), big)
  await writeFile(join(outputs, 'core.dump'), 'not declared')
  await mkdir(join(outputs, 'plots'))
  await writeFile(join(outputs, 'plots/medium.png'), medium)
  for (let i = 0; i < 100; i++) await writeFile(join(outputs, `plots/${i}.txt`), `${i}`)

  const lines: string[] = []
  const manifest = await uploadOutputs(task, outputs, never, { progress: (line) => lines.push(line) })

  t.deepEqual(manifest, parseManifest(await readFile(join(root, manifestKey(task.ref)), 'utf8')))
  t.is(manifest.files.length, 103)
  t.is(manifest.totalBytes, 7 + big.byteLength + medium.byteLength + 190)
  t.deepEqual(
    manifest.files.find((file) => file.path === 'counts.json'),
    { path: 'counts.json', size: 7, sha256: sha256('{"a":1}'), mediaType: 'application/json' },
  )
  for (const file of manifest.files) {
    const stored = await readFile(join(root, filesPrefix(task.ref), file.path))
    t.is(stored.byteLength, file.size)
    t.is(sha256(stored), file.sha256)
  }
  t.deepEqual((await readdir(join(root, filesPrefix(task.ref)))).toSorted(), ['big.bin', 'counts.json', 'plots'])
  t.regex(lines[0] ?? '', /^not uploaded, because no output declares it: core\.dump$/)
  t.true(lines.some((line) => /^uploaded big\.bin \(16789561 bytes, \d+\.\d{3} s\)$/.test(line)))
  t.regex(lines.at(-1) ?? '', /^result complete: 103 files, /)
})

test('a result without files is a result', async (t) => {
  const [root, outputs] = [await temporaryDirectory(t), await temporaryDirectory(t)]
  const task = taskOf({ kind: 'directory', root }, { outputs: [output('maybe.txt')] })
  t.deepEqual((await uploadOutputs(task, outputs, never)).files, [])
  t.true((await readFile(join(root, manifestKey(task.ref)), 'utf8')).startsWith('{"version":1'))
})

test('the same upload again is well; another result of the same attempt is refused and changes no manifest', async (t) => {
  const [root, outputs] = [await temporaryDirectory(t), await temporaryDirectory(t)]
  const task = taskOf({ kind: 'directory', root }, { outputs: [output('a.txt')] })
  await writeFile(join(outputs, 'a.txt'), 'one')
  const first = await uploadOutputs(task, outputs, never)
  t.deepEqual(await uploadOutputs(task, outputs, never), first)
  await writeFile(join(outputs, 'a.txt'), 'two')
  const error = await t.throwsAsync(uploadOutputs(task, outputs, never))
  t.is(failing(error), 'upload-failed')
  t.regex(error?.message ?? '', /has a manifest of attempt 1 already, with other contents/)
  t.deepEqual(parseManifest(await readFile(join(root, manifestKey(task.ref)), 'utf8')), first)
})

test('nothing is written for outputs that are refused', async (t) => {
  const [root, outputs] = [await temporaryDirectory(t), await temporaryDirectory(t)]
  await writeFile(join(outputs, 'a.txt'), 'fine')
  await symlink('/etc/passwd', join(outputs, 'b.txt'))
  const task = taskOf({ kind: 'directory', root }, { outputs: [output('a.txt'), output('b.txt')] })
  t.is(failing(await t.throwsAsync(uploadOutputs(task, outputs, never))), 'invalid-output')
  t.deepEqual(await readdir(root), [])
})

const changes: readonly (readonly [string, (path: string) => Promise<unknown>])[] = [
  ['grew', (path) => appendFile(path, 'x')],
  ['was written again', (path) => utimes(path, 1, 1)],
  ['vanished', (path) => rm(path)],
  [
    'was replaced by an equal one',
    async (path) => {
      await writeFile(`${path}.new`, 'contents')
      await rename(`${path}.new`, path)
    },
  ],
  [
    'was replaced by a link',
    async (path) => {
      await rename(path, `${path}.old`)
      await symlink(`${path}.old`, path)
    },
  ],
  [
    'lies behind a directory that became a link',
    async (path) => {
      await rename(join(path, '..'), join(path, '../../elsewhere'))
      await symlink('elsewhere', join(path, '..'))
    },
  ],
]
for (const [what, change] of changes) {
  test(`a file that ${what} after it was found is refused`, async (t) => {
    const outputs = await temporaryDirectory(t)
    await mkdir(join(outputs, 'plots'))
    await writeFile(join(outputs, 'plots/a.txt'), 'contents')
    const task = { outputs: [output('plots', { kind: 'directory' })], outputBytes: 100 }
    const [file] = (await walkOutputs(task, outputs, never)).files
    if (file === undefined) throw new Error('nothing found')
    await (await openOutput(file)).close()
    await change(join(outputs, 'plots/a.txt'))
    const error = await t.throwsAsync(openOutput(file))
    t.is(failing(error), 'invalid-output')
    t.regex(error?.message ?? '', /plots\/a\.txt changed while it was uploaded/)
  })
}

test('a store that cannot be written to is told with the reason', async (t) => {
  const [root, outputs] = [await temporaryDirectory(t), await temporaryDirectory(t)]
  await writeFile(join(root, 'file'), '')
  await writeFile(join(outputs, 'a.txt'), 'x')
  const task = taskOf({ kind: 'directory', root: join(root, 'file') }, { outputs: [output('a.txt')] })
  const error = await t.throwsAsync(uploadOutputs(task, outputs, never))
  t.is(failing(error), 'upload-failed')
  t.regex(error?.message ?? '', /^The output a\.txt could not be stored: .*ENOTDIR/)
})

test('an upload that is told to end says so, and leaves no partial file', async (t) => {
  const [root, outputs] = [await temporaryDirectory(t), await temporaryDirectory(t)]
  await writeFile(join(outputs, 'big.bin'), Buffer.alloc(4 * partSize))
  const task = taskOf({ kind: 'directory', root }, { outputs: [output('big.bin'), output('small')] })
  await writeFile(join(outputs, 'small'), 'x')
  const stop = new AbortController()
  const error = await t.throwsAsync(uploadOutputs(task, outputs, stop.signal, { progress: () => stop.abort() }))
  t.is(failing(error), 'upload-failed')
  t.regex(error?.message ?? '', /told to end/)
  const left = await readdir(root, { recursive: true })
  t.deepEqual(
    left.filter((name) => name.includes('~') || name.endsWith('manifest.json')),
    [],
  )
})
