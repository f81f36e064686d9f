import type { ComputeAsset } from '../../core/asset/schema.ts'
import { ServiceError } from '../../core/errors.ts'
import { type OfferAccess, provisionerAccess } from '../../core/publication/access.ts'
import { offeredMode } from '../connectors/data-plane-signaling/transfer-modes.ts'
import type { PublishingConnector } from './parts.ts'

/**
 * How an asset can be had through a connector: by those of its transfer types that the asset offers.
 * @throws ServiceError `not-handed-over` where that is none: nobody could have what is published
 */
export function accessOf({ dataPlane }: PublishingConnector, asset: ComputeAsset, connectorId: string): OfferAccess {
  if (dataPlane === undefined) return provisionerAccess
  const [first, ...others] = dataPlane.profiles.flatMap((profile) => {
    const mode = offeredMode(profile, asset)
    return mode === undefined ? [] : [{ transferType: profile.name, ...mode }]
  })
  if (first !== undefined)
    return { transfers: [first, ...others], told: dataPlane.form === 'plain' ? 'data-plane' : 'connector' }
  const served = dataPlane.profiles.map(({ name, start }) => (start === undefined ? name : `${name} (${start})`))
  throw new ServiceError(
    'not-handed-over',
    `The asset ${asset.metadata.id} offers ${asset.transfers.join(', ')}; the connector ${connectorId} serves ${served.join(', ')}: none of its transfer types goes so.`,
  )
}
