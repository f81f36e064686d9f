import { type ConnectorSettings, defaultDataAddressType } from '../../config/connectors.ts'
import { offerApi } from '../connectors/offer-api.ts'
import type { PublishingConnector } from './parts.ts'

/** The configured connectors that assets are published in, by id: all whose Management API is known. */
export function publishingConnectors(
  connectors: readonly ConnectorSettings[],
): ReadonlyMap<string, PublishingConnector> {
  return new Map(
    connectors.flatMap((settings): readonly (readonly [string, PublishingConnector])[] => {
      const { id } = settings
      if (settings.dialect === 'http-provisioner')
        return [[id, { api: offerApi(settings), dataAddressType: settings.dataAddressType ?? defaultDataAddressType }]]
      const { management, form, profiles, labels, sourceTypes } = settings
      if (management === undefined) return []
      const { url: managementUrl, ...keyed } = management
      const [sourceType] = sourceTypes
      // With the form json-ld the control plane goes by the data address; and version 3 wanted one of every asset (EDC 0.10).
      const wantsAddress = (form === 'json-ld' || management.version === 'v3') && sourceType !== undefined
      return [
        [
          id,
          {
            api: offerApi({ ...keyed, id, managementUrl }),
            dataPlane: { form, profiles, labels },
            ...(wantsAddress ? { dataAddressType: sourceType } : {}),
          },
        ],
      ]
    }),
  )
}
