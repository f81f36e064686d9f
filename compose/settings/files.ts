import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Secrets } from './secrets.ts'

/** Files by their names, for one container. */
type Files = Readonly<Record<string, string>>

/** Who reads what: each container gets a volume with just the secrets it needs. */
export function filesFor(secrets: Secrets): Readonly<Record<string, Files>> {
  const { storeUser, storePassword, tokenKey, adminToken, pathSecret, providerKey, consumerKey } = secrets
  const provisioner = filled('provisioner.properties', { pathSecret })
  return {
    'object-store': { user: storeUser, password: storePassword },
    entrypoint: {
      'store-user': storeUser,
      'store-password': storePassword,
      'token-key': tokenKey,
      'admin-token': adminToken,
      'provider-key': providerKey,
      'path-secret': pathSecret,
      'connectors.yaml': filled('connectors.yaml', { dataAddressType: 'HttpProvision' }),
      'connectors-cluster.yaml': filled('connectors.yaml', { dataAddressType: 'HttpProvision-cluster' }),
    },
    provider: connectorFiles('provider', providerKey, secrets.providerDataPlaneKey, provisioner),
    consumer: connectorFiles('consumer', consumerKey, secrets.consumerDataPlaneKey, ''),
    offer: { 'admin-token': adminToken },
    demo: { 'consumer-key': consumerKey },
  }
}

function connectorFiles(role: string, managementKey: string, dataPlaneKey: string, more: string): Files {
  const values = { role, managementKey, dataPlaneKey: dataPlaneKey.replaceAll('\n', String.raw`\n`) }
  return {
    'connector.properties': filled('connector.properties', values) + more,
    'data-plane.pem': createPublicKey(dataPlaneKey).export({ type: 'spki', format: 'pem' }).toString(),
    // For the health check, which so has no key among its arguments.
    'health-header': `x-api-key: ${managementKey}\n`,
  }
}

/**
 * A file of this folder with `{{name}}` replaced by values.
 * @throws where it names a value that is not given
 */
function filled(file: string, values: Readonly<Record<string, string>>): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8').replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`${file} names {{${name}}}, which there is not`)
    return value
  })
}
