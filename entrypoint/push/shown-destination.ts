import type { DataAddress } from '../../dps/data-plane.ts'

/** What stands in place of what is not shown. */
const hidden = '[hidden]'

/** Properties that hold no secret by what they mean. All others are hidden, also those that mean nothing to us. */
const harmless: ReadonlySet<string> = new Set([
  'type',
  'method',
  'contentType',
  'archive',
  'authKey',
  'authType',
  'region',
  'bucketName',
  'folderName',
  'objectName',
  'objectPrefix',
])
/** Properties with an address, whose path and query may be secrets. */
const addresses: ReadonlySet<string> = new Set(['baseUrl', 'endpointOverride', 'endpoint'])

/**
 * A destination without its secrets, as logs, the audit log and the admin API may show it, and as it may be kept once the transfer is
 * over: of addresses only scheme, host and port are left, of properties those that cannot be secrets.
 */
export function withoutSecrets({ endpointType, endpoint, properties }: DataAddress): DataAddress {
  return {
    endpointType,
    ...(endpoint === undefined ? {} : { endpoint: originOf(endpoint) }),
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, value]) => [
        name,
        harmless.has(name) ? value : addresses.has(name) ? originOf(value) : hidden,
      ]),
    ),
  }
}

function originOf(text: string): string {
  const url = URL.parse(text)
  return url === null || (url.protocol !== 'https:' && url.protocol !== 'http:') ? hidden : url.origin
}
