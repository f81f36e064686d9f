import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import test from 'ava'
import { never } from '../../sidecar/_task.test.ts'
import { InputRefusal } from '../../sidecar/fetch/input-refusal.ts'
import { unpack } from '../../sidecar/fetch/unpack.ts'
import { type ArchiveCase, archiveCases } from './archives.ts'
import { pollution } from './pollution.ts'

/** What lies below a folder: files with their contents' length, and anything that is no file or folder by its kind. */
async function below(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const lines = await Promise.all(
    found.map(async (entry) => {
      const path = join(entry.parentPath, entry.name)
      if (entry.isDirectory()) return `${relative(folder, path)}/`
      const stats = await lstat(path)
      const plain = stats.isFile() && stats.nlink === 1 && (stats.mode & 0o7777) === 0o644
      return `${relative(folder, path)}${plain ? '' : ` (mode ${stats.mode.toString(8)}, ${stats.nlink} names)`}`
    }),
  )
  return lines.toSorted()
}

const said = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error)

/** What is wrong with what became of an archive; nothing where all is as it must be. */
async function judge(
  folder: string,
  { name, bytes, verdict, maximumBytes = 2 ** 20 }: ArchiveCase,
): Promise<readonly string[]> {
  const around = await below(folder)
  await writeFile(join(folder, 'archive'), bytes)
  const out = join(folder, 'a/b/out')
  const wrong: string[] = []
  const startedAt = performance.now()
  const error = await unpack(join(folder, 'archive'), out, maximumBytes, never).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  const took = performance.now() - startedAt
  if (took > 5000) wrong.push(`took ${Math.round(took)} ms`)
  if (verdict instanceof RegExp) {
    if (!(error instanceof InputRefusal)) wrong.push(error === undefined ? 'it was taken' : `it failed: ${said(error)}`)
    else if (!verdict.test(error.message)) wrong.push(`it was refused otherwise: ${error.message}`)
  } else if (error !== undefined) wrong.push(`it was refused: ${said(error)}`)
  else {
    const files = (await below(out)).filter((line) => !line.endsWith('/'))
    if (JSON.stringify(files) !== JSON.stringify(verdict.toSorted())) wrong.push(`it unpacked to ${files.join(', ')}`)
  }
  await rm(join(folder, 'archive'))
  if (error === undefined) await rm(out, { recursive: true })
  const after = await below(folder)
  if (JSON.stringify(after) !== JSON.stringify(around)) wrong.push(`it left something: ${after.join(', ')}`)
  if ((await readFile(join(folder, 'sentinel'), 'utf8')) !== 'untouched') wrong.push('it changed a file outside')
  return [...wrong, ...pollution()].map((what) => `${name}: ${what}`)
}

test(`${archiveCases.length} archives are unpacked or refused, each as it must be, and nothing is ever outside or left`, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'archives-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'a/b'), { recursive: true })
  for (const path of ['sentinel', 'x', 'a/x', 'a/b/x'])
    await writeFile(join(folder, path), 'untouched', { mode: 0o644 })
  const wrong: string[] = []
  for (const one of archiveCases) wrong.push(...(await judge(folder, one)))
  t.deepEqual(wrong, [])
  t.true(archiveCases.length >= 300)
  t.is(new Set(archiveCases.map(({ name }) => name)).size, archiveCases.length, 'each has a name of its own')
})
