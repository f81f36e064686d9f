import { type ConnectorSettings, defaultDataAddressType } from '../../config/connectors.ts'
import { offerApi } from '../connectors/offer-api.ts'
import type { PublishingConnector } from './parts.ts'

/**
 * The configured connectors that assets are published in, by id: those whose Management API is spoken to in version 3. That is what
 * publishing speaks; EDC 0.18 answers 500 to it (seen on 0.18.0), so there an offer is made by hand.
 */
export function publishingConnectors(
  connectors: readonly ConnectorSettings[],
): ReadonlyMap<string, PublishingConnector> {
  return new Map(
    connectors.flatMap((settings): readonly (readonly [string, PublishingConnector])[] => {
      const { id } = settings
      if (settings.dialect === 'http-provisioner')
        return [[id, { api: offerApi(settings), dataAddressType: settings.dataAddressType ?? defaultDataAddressType }]]
      const { management, sourceTypes } = settings
      const [dataAddressType] = sourceTypes
      if (management?.version !== 'v3' || dataAddressType === undefined) return []
      return [
        [id, { api: offerApi({ id, managementUrl: management.url, apiKey: management.apiKey }), dataAddressType }],
      ]
    }),
  )
}
