import type { Store } from '../../core/ports/store.ts'

// The parts of the port that each database has a file for.

/** Jobs, transfers, results and callbacks. */
export type StatePort = Pick<
  Store,
  | 'accept'
  | 'acceptOffered'
  | 'job'
  | 'transfer'
  | 'transfersOfProcess'
  | 'result'
  | 'callback'
  | 'listJobs'
  | 'commit'
  | 'markResult'
>

/** What is due. */
export type WorkPort = Pick<
  Store,
  'wake' | 'claim' | 'renew' | 'finish' | 'nextDue' | 'clockWentBack' | 'releaseLeases' | 'wakeEnded'
>

/** Versions of assets. */
export type AssetPort = Pick<
  Store,
  | 'saveAsset'
  | 'assetVersion'
  | 'newestAsset'
  | 'listAssets'
  | 'enableAsset'
  | 'removeAsset'
  | 'directoryAssets'
  | 'markDirectoryAsset'
>
