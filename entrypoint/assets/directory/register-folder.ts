import { isDeepStrictEqual } from 'node:util'
import { ServiceError } from '../../../core/errors.ts'
import type { AssetRecord } from '../../../core/ports/store.ts'
import { type RegisterParts, registerSent } from '../register.ts'
import { deliverParts, type FolderAsset, sha256OfFile } from './read-folder.ts'

/**
 * Registers the asset of a folder, unless the same is registered already.
 * @returns whether something was registered
 * @throws ServiceError as registration does; `asset-exists` where the version is there with another content
 */
export async function registerFolder(parts: RegisterParts, asset: FolderAsset): Promise<boolean> {
  const { id, version, missing } = asset
  if (missing.length > 0)
    throw new ServiceError('invalid-asset', 'The asset names files that are not there.', { problems: missing })
  const known = id === undefined ? undefined : (await parts.store.listAssets(id)).find((one) => one.version === version)
  if (known === undefined) {
    await registerSent(parts, (take) => deliverParts(asset, take))
    return true
  }
  if (await isSame(known, asset)) return false
  throw new ServiceError(
    'asset-exists',
    `${known.id} ${known.version} is registered with another content; raise metadata.version in the folder.`,
  )
}

async function isSame(known: AssetRecord, { document, envFile, bundled }: FolderAsset): Promise<boolean> {
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(document)), known.document)) return false
  if (envFile?.text !== known.dotenv || bundled.length !== Object.keys(known.bundled).length) return false
  for (const { name, path, size } of bundled) {
    const kept = known.bundled[name]
    if (kept?.size !== size || kept.sha256 !== (await sha256OfFile(path))) return false
  }
  return true
}
