import { ServiceError } from '../../../core/errors.ts'
import type { Clock } from '../../../core/ports/clock.ts'
import type { DirectoryAsset, Store } from '../../../core/ports/store.ts'

/** For how long an asset that the folder gives no more may be back, in milliseconds: copies of it that others follow may be older or newer. */
const latelyMs = 300_000

/**
 * A store that tells “not now” in the place of “not offered” while an asset may be back that the assets' folder gave until a moment ago. Connectors
 * give a transfer up that is for an unknown asset. When a version went is known from looking at what the folder gave; what is seen for the first
 * time may just have gone.
 */
export function waitingForFolder(store: Store, clock: Clock): Store {
  const withdrawnAt = new Map<string, number>()
  const directoryAssets = async (): Promise<readonly DirectoryAsset[]> => {
    const assets = await store.directoryAssets()
    for (const { id, version, withdrawn } of assets) {
      const key = `${id} ${version}`
      if (!withdrawn) withdrawnAt.delete(key)
      else if (!withdrawnAt.has(key)) withdrawnAt.set(key, clock.now())
    }
    return assets
  }
  /** @throws ServiceError `not-ready` */
  const refuseIfLately = async (wanted: string): Promise<void> => {
    const since = clock.now() - latelyMs
    const lately = (await directoryAssets()).some(
      ({ id, version, withdrawn }) => id === wanted && withdrawn && (withdrawnAt.get(`${id} ${version}`) ?? 0) > since,
    )
    if (lately)
      throw new ServiceError(
        'not-ready',
        `The compute asset ${JSON.stringify(wanted)} went from the folder of assets a moment ago, and may be back.`,
      )
  }
  return {
    ...store,
    directoryAssets,
    async acceptOffered(transfer, job, wake) {
      const accepted = await store.acceptOffered(transfer, job, wake)
      if (accepted === undefined) await refuseIfLately(transfer.assetId)
      return accepted
    },
    async newestAsset(id) {
      const newest = await store.newestAsset(id)
      if (newest === undefined) await refuseIfLately(id)
      return newest
    },
  }
}
