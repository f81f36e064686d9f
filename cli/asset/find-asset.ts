import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CliError } from '../cli-error.ts'

/** Names under which a folder holds its asset, in the order in which they are looked for. */
const names = ['asset.yaml', 'asset.yml', 'asset.json']

/** Where an asset lies. */
export interface AssetPlace {
  readonly file: string
  /** The files that it names lie here, too. */
  readonly folder: string
}

/**
 * Finds the asset that an argument means: a file, or a folder with one of the usual names in it.
 * @throws CliError `not-found`
 */
export async function findAsset(path: string): Promise<AssetPlace> {
  const found = await kindOf(path)
  if (found === 'file') return { file: path, folder: dirname(path) }
  if (found === undefined) {
    throw new CliError('not-found', `There is no file or folder ${path}`, {
      hint: 'dsc asset init makes a folder with a working asset.',
    })
  }
  for (const name of names) {
    const file = join(path, name)
    if ((await kindOf(file)) === 'file') return { file, folder: path }
  }
  throw new CliError('not-found', `The folder ${path} holds no asset`, {
    detail: `Looked for ${names.join(', ')}.`,
    hint: 'Name the file itself, or let dsc asset init make one.',
  })
}

/** What a path leads to, if to anything. */
async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file'
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined
    throw error
  }
}
