import { basename, resolve } from 'node:path'

/** What a new asset is called. */
export interface AssetNames {
  readonly id: string
  readonly title: string
}

/** What an asset id looks like; the rule is that of core/asset/schema.ts. */
const idPattern = /^[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?$/

/**
 * The id that follows from a folder's name: lower case, what an id may not have as `-`.
 * @returns `undefined` where nothing of the name is left
 */
export function idFromFolder(folder: string): string | undefined {
  const id = basename(resolve(folder))
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 50)
    .replace(/-+$/, '')
  return isAssetId(id) ? id : undefined
}

/** Whether a text may be an asset's id. */
export function isAssetId(text: string): boolean {
  return idPattern.test(text)
}

/** The title that follows from an id: `word-count` becomes `Word count`. */
export function titleFromId(id: string): string {
  const words = id.replaceAll('-', ' ').trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
