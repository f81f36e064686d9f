import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Names under which a folder holds its asset, in the order in which they are looked for. */
const documentNames = ['asset.yaml', 'asset.yml', 'asset.json']
/** How many folders deep assets are looked for, the directory itself not counted. */
const deepest = 3

/** A folder that holds an asset. */
export interface AssetFolder {
  /** Below the directory; `.` for the directory itself. */
  readonly name: string
  /** Where its files are read: for a mounted ConfigMap what `..data` leads to, so that one reading sees one state of it. */
  readonly path: string
  /** Name of the file with the asset. */
  readonly document: string
  /** Changes whenever a file of it does. */
  readonly fingerprint: string
}

/**
 * Finds every folder with an asset: the directory itself, and folders below it. Names that begin with a dot are passed over, such as
 * `.git` and what Kubernetes puts into a mounted ConfigMap. Links are followed, as `git-sync` and Kubernetes make them.
 * @throws where the directory cannot be read
 */
export async function findAssetFolders(directory: string): Promise<readonly AssetFolder[]> {
  return (await below(directory, '.', 0)).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

async function below(directory: string, name: string, depth: number): Promise<AssetFolder[]> {
  const entries = (await readdir(join(directory, name), { withFileTypes: true })).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  )
  const here = await assetFolder(directory, name, entries)
  const found = here === undefined ? [] : [here]
  if (depth === deepest) return found
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue
    const inner = join(name, entry.name)
    if (await isFolder(join(directory, inner), entry)) found.push(...(await below(directory, inner, depth + 1)))
  }
  return found
}

async function assetFolder(
  directory: string,
  name: string,
  entries: readonly Dirent[],
): Promise<AssetFolder | undefined> {
  const document = documentNames.find((one) => entries.some((entry) => entry.name === one))
  if (document === undefined) return undefined
  const mounted = entries.some((entry) => entry.name === '..data')
  const path = await realpath(join(directory, name, mounted ? '..data' : ''))
  return { name, path, document, fingerprint: await fingerprintOf(path) }
}

/** Of all plain files of a folder: which they are, how large, and when they were written. */
export async function fingerprintOf(path: string): Promise<string> {
  const names = (await readdir(path)).toSorted()
  const seen = await Promise.all(
    names.map(async (name) => {
      const found = await stat(join(path, name)).catch(() => undefined) // a link that leads nowhere
      return found?.isFile() === true ? [name, found.size, found.mtimeMs, found.ino] : [name]
    }),
  )
  return JSON.stringify([path, seen])
}

async function isFolder(path: string, entry: Dirent): Promise<boolean> {
  if (entry.isDirectory()) return true
  if (!entry.isSymbolicLink()) return false
  const found = await stat(path).catch(() => undefined)
  return found?.isDirectory() === true
}
