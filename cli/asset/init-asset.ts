import { mkdir, stat, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { CliError } from '../cli-error.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'
import { templateFiles } from '../template/files.ts'
import { idFromFolder, isAssetId, titleFromId } from '../template/names.ts'

/** Writes the files of a new asset and says what to do with them. */
export async function initAsset(
  { out, err }: Context,
  folder: string,
  options: { readonly id?: string; readonly title?: string; readonly json?: true },
): Promise<void> {
  const id = options.id ?? idFromFolder(folder)
  if (id === undefined || !isAssetId(id)) {
    throw new CliError(
      'usage',
      id === undefined ? `No id follows from the name of ${folder}` : `${id} is no asset id`,
      {
        detail: 'An id has 1 to 50 lower case letters, digits and -, and begins and ends with a letter or digit.',
        hint: 'Give one with --id.',
      },
    )
  }
  const title = options.title?.trim() || titleFromId(id)
  const files = templateFiles({ id, title })
  await mkdir(folder, { recursive: true })
  const existing = (
    await Promise.all([...files.keys()].map(async (name) => ((await exists(join(folder, name))) ? [name] : [])))
  ).flat()
  if (existing.length > 0) {
    throw new CliError('refused', `${folder} holds files that would be overwritten`, {
      detail: `They are: ${existing.join(', ')}.`,
      hint: 'Name another folder, or take them away first.',
    })
  }
  for (const [name, text] of files) await writeFile(join(folder, name), text, { flag: 'wx' })
  if (options.json === true) return printJson(out, { id, title, folder: resolve(folder), files: [...files.keys()] })
  out.write(`${out.style.good(id)} is ready in ${folder}:\n`)
  for (const name of files.keys()) out.write(`  ${name}\n`)
  out.write(`\nNext:\n  dsc asset validate ${folder}\n  dsc asset register ${folder}\n`)
  if (basename(resolve(folder)) !== id)
    err.write(`\nnote: the local backend looks for workers in folders named as their asset: ${id}\n`)
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
