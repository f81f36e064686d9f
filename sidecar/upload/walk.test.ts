import { execFileSync } from 'node:child_process'
import { link, mkdir, symlink, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { AssetOutput } from '../../core/asset/schema.ts'
import { never, output, temporaryDirectory } from '../_task.test.ts'
import { SidecarFailure } from '../failure.ts'
import { maximumFileBytes, walkOutputs } from './walk.ts'

const walk = (directory: string, outputs: AssetOutput[], outputBytes = 1000) =>
  walkOutputs({ outputs, outputBytes }, directory, never)

async function refusal(t: ExecutionContext, work: Promise<unknown>): Promise<SidecarFailure> {
  const error = await t.throwsAsync(work)
  if (!(error instanceof SidecarFailure)) throw new Error(`not a SidecarFailure: ${String(error)}`)
  return error
}

test('finds files and directories with their paths, sizes and media types, and names what nobody declared', async (t) => {
  const root = await temporaryDirectory(t)
  await mkdir(join(root, 'plots/deep/er'), { recursive: true })
  await mkdir(join(root, 'empty'))
  await writeFile(join(root, 'counts.json'), '{}')
  await writeFile(join(root, 'plots/deep/er/a.png'), 'abc')
  await writeFile(join(root, 'plots/b.png'), '')
  await writeFile(join(root, 'notes.txt'), 'x')
  const found = await walk(root, [
    output('counts.json', { required: true, mediaType: 'application/json' }),
    output('plots', { kind: 'directory', required: true }),
    output('empty', { kind: 'directory', required: true }),
    output('optional.txt'),
  ])
  t.deepEqual(
    found.files.map(({ path, size, mediaType }) => [path, size, mediaType]),
    [
      ['counts.json', 2, 'application/json'],
      ['plots/b.png', 0, undefined],
      ['plots/deep/er/a.png', 3, undefined],
    ],
  )
  t.deepEqual(found.undeclared, ['notes.txt'])
})

test('a missing output is told with what is there', async (t) => {
  const root = await temporaryDirectory(t)
  await writeFile(join(root, 'count.json'), '')
  await writeFile(join(root, 'odd name'), '')
  const failure = await refusal(t, walk(root, [output('counts.json', { required: true })]))
  t.is(failure.code, 'missing-output')
  t.regex(failure.message, /required output counts\.json; OUTPUT_DIR has count\.json, "odd name"\./)
})

test('a missing output in an empty directory', async (t) => {
  const root = await temporaryDirectory(t)
  const outputs = [output('a', { required: true }), output('b', { kind: 'directory', required: true })]
  t.regex((await refusal(t, walk(root, outputs))).message, /required outputs a, b; OUTPUT_DIR is empty/)
})

const plots = [output('plots', { kind: 'directory' })]
const bad: readonly (readonly [string, RegExp, (directory: string, t: ExecutionContext) => Promise<unknown> | void])[] =
  [
    ['a symbolic link to a file', /plots\/bad is a symbolic link/, (d) => symlink('/etc/passwd', join(d, 'bad'))],
    ['a symbolic link to a directory', /plots\/bad is a symbolic link/, (d) => symlink('/etc', join(d, 'bad'))],
    ['a dangling link', /plots\/bad is a symbolic link/, (d) => symlink('nowhere', join(d, 'bad'))],
    ['a named pipe', /plots\/bad is a named pipe/, (d) => void execFileSync('/usr/bin/mkfifo', [join(d, 'bad')])],
    [
      'a hard link',
      /plots\/(bad|other) has 2 names \(hard links\)/,
      async (d) => {
        await writeFile(join(d, 'other'), '')
        await link(join(d, 'other'), join(d, 'bad'))
      },
    ],
    [
      'a socket',
      /plots\/bad is a socket/,
      (d, t) =>
        new Promise<void>((resolve) => {
          const server = createServer().listen(join(d, 'bad'), resolve)
          t.teardown(() => server.close())
        }),
    ],
    ['a blank in a name', /"plots\/a b" has a name that cannot be taken/, (d) => writeFile(join(d, 'a b'), '')],
    [
      'a name that is no UTF-8',
      /has a name that cannot be taken/,
      (d) => writeFile(Buffer.concat([Buffer.from(`${d}/`), Buffer.from([0xff, 0xfe])]), ''),
    ],
    [
      'too deep a path',
      /more than 16 parts/,
      (d) => mkdir(join(d, ...Array<string>(16).fill('d')), { recursive: true }),
    ],
    [
      'two names that differ in case only',
      /plots\/a differs from another path in upper and lower case only/,
      async (d) => {
        await writeFile(join(d, 'A'), '')
        await writeFile(join(d, 'a'), '')
      },
    ],
  ]
for (const [what, message, make] of bad) {
  test(`refuses ${what}`, async (t) => {
    const root = await temporaryDirectory(t)
    await mkdir(join(root, 'plots'))
    await make(join(root, 'plots'), t)
    const failure = await refusal(t, walk(root, plots))
    t.is(failure.code, 'invalid-output')
    t.regex(failure.message, message)
  })
}

test('refuses an output that is a link itself, and one of the wrong kind', async (t) => {
  const root = await temporaryDirectory(t)
  await symlink('/etc/passwd', join(root, 'file'))
  await symlink('/etc', join(root, 'directory'))
  await mkdir(join(root, 'plots'))
  await writeFile(join(root, 'counts.json'), '')
  t.regex((await refusal(t, walk(root, [output('file')]))).message, /file is a symbolic link/)
  const linked = await refusal(t, walk(root, [output('directory', { kind: 'directory' })]))
  t.regex(linked.message, /directory is a symbolic link/)
  t.regex((await refusal(t, walk(root, [output('plots')]))).message, /is a directory, but declared as a file/)
  const file = await refusal(t, walk(root, [output('counts.json', { kind: 'directory' })]))
  t.regex(file.message, /is a file, but declared as a directory/)
})

test('more than outputBytes together is too large, to the byte', async (t) => {
  const root = await temporaryDirectory(t)
  await writeFile(join(root, 'a'), 'x'.repeat(600))
  await writeFile(join(root, 'b'), 'x'.repeat(400))
  await t.notThrowsAsync(walk(root, [output('a'), output('b')], 1000))
  const failure = await refusal(t, walk(root, [output('a'), output('b')], 999))
  t.is(failure.code, 'output-too-large')
  t.regex(failure.message, /1000 bytes together; limits\.outputBytes allows 999/)
})

test('a file of more parts than S3 takes is too large', async (t) => {
  const root = await temporaryDirectory(t)
  await writeFile(join(root, 'sparse'), '')
  await truncate(join(root, 'sparse'), maximumFileBytes + 1)
  const failure = await refusal(t, walk(root, [output('sparse')], Number.MAX_SAFE_INTEGER))
  t.is(failure.code, 'output-too-large')
})

test('an output directory that is not there is no fault of the worker', async (t) => {
  const root = await temporaryDirectory(t)
  t.is((await refusal(t, walk(join(root, 'none'), [output('a')]))).code, 'backend-error')
})
