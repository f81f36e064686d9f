import type { SignalingSettings } from '../../config/signaling.ts'
import type { RegisteredAsset } from '../../core/job/plan.ts'
import type { Logger } from '../../core/ports/logger.ts'
import type { AssetRecord } from '../../core/ports/store.ts'
import type { OfferApi } from '../connectors/offer-api.ts'

/** A connector in which assets can be published. */
export interface PublishingConnector {
  readonly api: OfferApi
  /** Type that the data address of a published asset has: by it the connector knows that the asset is ours. Absent where it needs none. */
  readonly dataAddressType?: string
  /** What it knows of us as its data plane; absent where it has one of its own (`http-provisioner`). */
  readonly dataPlane?: Pick<SignalingSettings, 'form' | 'profiles' | 'labels'>
}

/** What publication works with. */
export interface PublicationParts {
  readonly connectors: ReadonlyMap<string, PublishingConnector>
  /** Every version of an asset that is registered. */
  readonly versions: (id: string) => Promise<readonly AssetRecord[]>
  /** The version that a new transfer gets. */
  readonly newest: (id: string) => Promise<RegisteredAsset | undefined>
  readonly version: (id: string, version: string) => Promise<RegisteredAsset | undefined>
  /** Base address of the public listener. */
  readonly publicUrl: () => string
  readonly logger: Logger
}
