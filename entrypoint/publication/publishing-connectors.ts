import { type ConnectorSettings, defaultDataAddressType } from '../../config/connectors.ts'
import { offerApi } from '../connectors/offer-api.ts'
import type { PublishingConnector } from './parts.ts'

/** The configured connectors as publication sees them, by id. */
export function publishingConnectors(
  connectors: readonly ConnectorSettings[],
): ReadonlyMap<string, PublishingConnector> {
  return new Map(
    connectors.map((settings) => [
      settings.id,
      { api: offerApi(settings), dataAddressType: settings.dataAddressType ?? defaultDataAddressType },
    ]),
  )
}
