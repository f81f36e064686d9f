import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { templateFiles } from '../template/files.ts'
import { checkAsset } from './check-asset.ts'
import { findAsset } from './find-asset.ts'

/** A folder with the template's files, changed. */
async function folderWith(
  t: ExecutionContext,
  change: (text: string) => string,
  more: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<string> {
  const folder = await temporaryFolder(t)
  for (const [name, text] of templateFiles({ id: 'sum', title: 'Sum' }))
    await writeFile(join(folder, name), name === 'asset.yaml' ? change(text) : text)
  for (const [name, content] of Object.entries(more)) await writeFile(join(folder, name), content)
  return folder
}

async function problemsOf(folder: string, production = false): Promise<readonly string[]> {
  const { problems, read } = await checkAsset(await findAsset(folder), production)
  if ((read === undefined) !== problems.length > 0) throw new Error('an asset is read exactly where it has no problems')
  return problems.map(
    ({ file, line, where, message }) => `${file?.slice(folder.length + 1)}:${line ?? ''} ${where} ${message}`,
  )
}

test('the template has no problems, and one warning', async (t) => {
  const folder = await folderWith(t, (text) => text)
  t.deepEqual(await problemsOf(folder), [])
  const { warnings, bundled, envFile } = await checkAsset(await findAsset(folder), false)
  t.deepEqual(
    warnings.map(({ where }) => where),
    ['worker.image'],
  )
  t.deepEqual([envFile?.name, bundled.map(({ name, size }) => [name, size])], ['sum.env', [['numbers.txt', 20]]])
})

test('in production a tag is a problem', async (t) => {
  const [problem = ''] = await problemsOf(await folderWith(t, (text) => text), true)
  t.regex(problem, /^asset\.yaml:\d+ worker\.image names no digest/)
})

test('YAML that cannot be read', async (t) => {
  const [problem = ''] = await problemsOf(await folderWith(t, () => 'metadata:\n  id: [a\n'))
  t.regex(problem, /^asset\.yaml:\d+ {2}/)
})

test('files that are not there are told once each, together with what is wrong elsewhere', async (t) => {
  const folder = await folderWith(t, (text) =>
    text
      .replace('envFile: sum.env', 'envFile: no.env')
      .replace('bundled: numbers.txt', 'bundled: no.txt')
      .replace('retries: 0', 'retries: -1'),
  )
  const problems = await problemsOf(folder)
  t.is(problems.length, 3)
  t.regex(problems.join('\n'), /limits\.retries/)
  t.regex(problems.join('\n'), /worker\.envFile the file no\.env is not there/)
  t.regex(problems.join('\n'), /inputs\[0\]\.from\.bundled the file no\.txt is not there/)
})

test('a missing file of an asset that is right otherwise is told once', async (t) => {
  const problems = await problemsOf(await folderWith(t, (text) => text.replace('envFile: sum.env', 'envFile: no.env')))
  t.is(problems.length, 1)
  t.regex(problems[0] ?? '', /is not there/)
})

test('lines of the dotenv file', async (t) => {
  const folder = await folderWith(t, (text) => text, { 'sum.env': 'A=1\n\nA=2\nnonsense\n' })
  const problems = await problemsOf(folder)
  t.deepEqual(problems, [
    'sum.env:3  A is set already in line 1',
    'sum.env:4  expected NAME=value, or a comment after #',
  ])
})

test('size and digest of bundled files', async (t) => {
  const digest = createHash('sha256').update('1\n').digest('hex')
  const declared = (sha256: string) => (text: string) =>
    text.replace(
      'from: { bundled: numbers.txt }',
      `from: { bundled: numbers.txt }, sha256: ${sha256}, maximumBytes: "10"`,
    )
  t.deepEqual(await problemsOf(await folderWith(t, declared(digest), { 'numbers.txt': '1\n' })), [])
  const problems = await problemsOf(await folderWith(t, declared(digest)))
  t.is(problems.length, 2)
  t.regex(problems[0] ?? '', /inputs\[0\]\.sha256 the file numbers\.txt has the digest [0-9a-f]{64}/)
  t.regex(problems[1] ?? '', /inputs\[0\]\.maximumBytes the file numbers\.txt has 20 bytes/)
})

test('files that are no UTF-8', async (t) => {
  const wrong = new Uint8Array([0x41, 0xff])
  t.deepEqual(await problemsOf(await folderWith(t, (text) => text, { 'sum.env': wrong })), [
    'sum.env:  is not UTF-8; save the file in that encoding',
  ])
  t.deepEqual(await problemsOf(await folderWith(t, (text) => text, { 'asset.yaml': wrong })), [
    'asset.yaml:  is not UTF-8; save the file in that encoding',
  ])
})
