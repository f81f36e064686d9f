import { isDeepStrictEqual } from 'node:util'
import { type ErrorCode, errorCatalogue, type Problem, ServiceError } from '../../../core/errors.ts'
import type { RegisterParts } from '../register.ts'
import { type AssetFolder, findAssetFolders, fingerprintOf } from './find-folders.ts'
import { type FolderAsset, readAssetFolder } from './read-folder.ts'
import { registerFolder } from './register-folder.ts'

/** What became of a folder. */
export interface FolderState {
  /** Below the directory; `.` for the directory itself. */
  readonly folder: string
  /** As far as they can be read. */
  readonly id: string | undefined
  readonly version: string | undefined
  /** Why its asset is not offered as the folder has it; absent where it is. */
  readonly problem?: {
    readonly code: ErrorCode
    readonly message: string
    readonly hint: string
    readonly problems: readonly Problem[]
  }
}

/** What the directory gave when it was looked at last. */
export interface DirectoryState {
  /** Milliseconds since 1970; absent until it was looked at. */
  readonly lookedAt?: number
  /** Why the directory cannot be read. What came from it before is offered on. */
  readonly unreadable?: string
  readonly folders: readonly FolderState[]
}

/** Keeps the registered assets as a directory has them. */
export interface AssetDirectory {
  readonly path: string
  state(): DirectoryState
  /** Looks once. Never fails: what is wrong stands in the state and in the log. */
  look(): Promise<void>
}

/**
 * How long no folder may give a version before it is withdrawn where other replicas follow copies of their own, in milliseconds: the copies change
 * within minutes of each other, and one that changes late would take back what the others have just offered.
 */
const copiesDifferMs = 180_000

interface Seen {
  readonly fingerprint: string
  readonly state: FolderState
  /** Whether the same files may fare better at the next look. */
  readonly again: boolean
}

/**
 * Makes an asset directory. Each look registers what is new, and withdraws versions that no folder gives any more: they are not
 * offered, and jobs that have them keep them. One folder that is wrong does not keep the others back. In a store that is shared, a version
 * is withdrawn only when it was missing for three minutes.
 */
export function assetDirectory(parts: RegisterParts, path: string): AssetDirectory {
  const { logger, clock } = parts
  let seen = new Map<string, Seen>()
  let state: DirectoryState = { folders: [] }
  const missing = new Map<string, number>()

  const judge = async (folder: AssetFolder): Promise<Seen> => {
    const before = seen.get(folder.name)
    if (before !== undefined && !before.again && before.fingerprint === folder.fingerprint) return before
    const now = await tried(parts, folder)
    const told = now.state.problem
    if (told !== undefined && !isDeepStrictEqual(told, before?.state.problem)) {
      const { code, message, problems } = told
      logger.error('an asset folder cannot be registered', { folder: folder.name, code, reason: message, problems })
    }
    return now
  }

  return {
    path,
    state: () => state,
    async look() {
      const lookedAt = clock.now()
      try {
        const found = new Map<string, Seen>()
        for (const folder of await findAssetFolders(path)) found.set(folder.name, await judge(folder))
        const folders = [...found.values()].map((one) => one.state)
        await markVersions(parts, folders, missing)
        seen = found
        state = { lookedAt, folders }
      } catch (error) {
        const unreadable = error instanceof Error ? error.message : String(error)
        if (state.unreadable !== unreadable)
          logger.error('the asset directory cannot be read', { directory: path, error })
        state = { ...state, lookedAt, unreadable }
      }
    },
  }
}

/** Reads and registers one folder, and says how it went. */
async function tried(parts: RegisterParts, folder: AssetFolder): Promise<Seen> {
  const { fingerprint, name, path } = folder
  let asset: FolderAsset | undefined
  const stateNow = (): FolderState => ({ folder: name, id: asset?.id, version: asset?.version })
  try {
    asset = await readAssetFolder(folder)
    if (await registerFolder(parts, asset))
      parts.logger.info('asset registered from its folder', {
        folder: name,
        assetId: asset.id,
        assetVersion: asset.version,
      })
    return { fingerprint, again: (await fingerprintOf(path)) !== fingerprint, state: stateNow() }
  } catch (error) {
    const known = error instanceof ServiceError ? error : undefined
    const problem = {
      code: known?.code ?? ('internal' as const),
      message: error instanceof Error ? error.message : String(error),
      hint: known === undefined ? 'It is tried again at the next look.' : errorCatalogue[known.code].hint,
      problems: known?.problems ?? [],
    }
    // Files may change while they are read, and what the service needs may be away.
    const changed = (await fingerprintOf(path).catch(() => '')) !== fingerprint
    return { fingerprint, again: known === undefined || changed, state: { ...stateNow(), problem } }
  }
}

/** One key for an asset version; neither part may hold a space. */
function keyOf(id: string, version: string): string {
  return `${id} ${version}`
}

/**
 * Notes which versions the folders give now, and withdraws those that none gives any more. A folder with an error keeps the asset that it
 * is about as it was; where not even the asset's id can be read, nothing is withdrawn.
 * @param missing since when each version is missing, from look to look
 */
async function markVersions(
  { store, logger, clock }: RegisterParts,
  folders: readonly FolderState[],
  missing: Map<string, number>,
): Promise<void> {
  const given = new Set<string>()
  const uncertain = new Set<string | undefined>()
  const before = new Map((await store.directoryAssets()).map((one) => [keyOf(one.id, one.version), one]))
  for (const { id, version, problem } of folders) {
    if (problem !== undefined) uncertain.add(id)
    else if (id !== undefined && version !== undefined) {
      given.add(keyOf(id, version))
      const known = before.get(keyOf(id, version))
      if (known?.withdrawn !== false) await store.markDirectoryAsset(id, version, true)
      if (known?.withdrawn === true) logger.info('asset offered again', { assetId: id, assetVersion: version })
    }
  }
  if (uncertain.has(undefined)) return
  const now = clock.now()
  for (const [key, { id, version, withdrawn }] of before) {
    if (withdrawn || given.has(key)) missing.delete(key)
    if (withdrawn || given.has(key) || uncertain.has(id)) continue
    const since = missing.get(key) ?? now
    missing.set(key, since)
    if (store.shared && now - since < copiesDifferMs) continue
    await store.markDirectoryAsset(id, version, false)
    missing.delete(key) // where another replica offers it again, it is waited for anew
    logger.info('asset withdrawn: no folder gives it any more', { assetId: id, assetVersion: version })
  }
}
