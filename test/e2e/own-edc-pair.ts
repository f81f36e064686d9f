import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { freePorts } from '../support/free-ports.ts'
import type { ConnectorPair } from '../support/dataspace.ts'
import { type EdcProcess, startEdcProcess } from '../support/edc-process.ts'
import { NAMESPACE } from '../support/management-client.ts'
import type { Testbed } from '../support/testbed.ts'

/** A pair of EDC 0.10 connectors of the test's own, which it may pause and kill; like the testbed's, with in-memory stores. */
export interface OwnEdcPair {
  readonly pair: ConnectorPair
  readonly provider: EdcProcess
  close(): Promise<void>
}

type Role = 'provider' | 'consumer'

/** Where one is reached. */
interface Place {
  readonly role: Role
  readonly ports: Readonly<Record<'web' | 'management' | 'protocol' | 'control' | 'version' | 'public', number>>
  readonly key: string
}

/** Finds places for both; they are started by `startOwnEdcPair`. */
export async function placeEdcPair(): Promise<Readonly<Record<Role, Place>>> {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0, j = 0, k = 0, l = 0] = await freePorts(12)
  return {
    provider: place('provider', [a, b, c, d, e, f]),
    consumer: place('consumer', [g, h, i, j, k, l]),
  }
}

function place(role: Role, ports: readonly [number, number, number, number, number, number]): Place {
  const [web, management, protocol, control, version, shown] = ports
  const key = `${role}-management-key`
  return { role, ports: { web, management, protocol, control, version, public: shown }, key }
}

/** Where its Management API is. */
export function managementAt({ ports }: Place): string {
  return `http://127.0.0.1:${ports.management}/management`
}

/**
 * Starts both, with the jars that the testbed has.
 * @param serviceUrl where the provider finds the service: its messages and events go to the connector `provider` there
 */
export async function startOwnEdcPair(
  testbed: Testbed,
  { provider, consumer }: Readonly<Record<Role, Place>>,
  serviceUrl: string,
): Promise<OwnEdcPair> {
  const lib = join(dirname(testbed.kubeconfig), '../../edc/lib')
  const folder = await mkdtemp(join(tmpdir(), 'dsc-edc-'))
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  await writeFile(join(folder, 'key.pub.pem'), publicKey)
  const ofProvider = {
    'edc.callback.compute.uri': `${serviceUrl}/connectors/provider/events`,
    'edc.callback.compute.events': 'transfer.process',
    'edc.callback.compute.transactional': 'false',
    'provisioner.http.entries.compute.provisioner.type': 'provider',
    'provisioner.http.entries.compute.data.address.type': 'HttpProvision',
    'provisioner.http.entries.compute.endpoint': `${serviceUrl}/connectors/provider/provision`,
  }
  const start = (at: Place, more: Readonly<Record<string, string>>): Promise<EdcProcess> => {
    const keys = { privateKey: privateKey.replaceAll('\n', '\\n'), publicKeyPath: join(folder, 'key.pub.pem') }
    const program = { name: at.role, java: 'java', lib, folder, properties: { ...propertiesOf(at, keys), ...more } }
    return startEdcProcess({ ...program, ask: () => askAssets(at) })
  }
  const starting = [start(provider, ofProvider), start(consumer, {})] as const
  const close = async (): Promise<void> => {
    for (const outcome of await Promise.allSettled(starting))
      if (outcome.status === 'fulfilled') await outcome.value.kill()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const [running] = await Promise.all(starting)
    return {
      pair: {
        providerManagement: managementAt(provider),
        providerKey: provider.key,
        providerProtocol: `http://127.0.0.1:${provider.ports.protocol}/protocol`,
        consumerManagement: managementAt(consumer),
        consumerKey: consumer.key,
        addressType: 'HttpProvision',
      },
      provider: running,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** As testbed/edc.sh sets them. */
function propertiesOf(
  { role, ports, key }: Place,
  keys: { readonly privateKey: string; readonly publicKeyPath: string },
): Record<string, string | number> {
  const protocol = `http://127.0.0.1:${ports.protocol}/protocol`
  const shown = `http://127.0.0.1:${ports.public}/public`
  return {
    'edc.participant.id': role,
    'edc.hostname': '127.0.0.1',
    'web.http.port': ports.web,
    'web.http.path': '/api',
    'web.http.management.port': ports.management,
    'web.http.management.path': '/management',
    'web.http.management.auth.type': 'tokenbased',
    'web.http.management.auth.key': key,
    'edc.api.auth.key': key,
    'web.http.protocol.port': ports.protocol,
    'web.http.protocol.path': '/protocol',
    'edc.dsp.callback.address': protocol,
    'web.http.control.port': ports.control,
    'web.http.control.path': '/control',
    'web.http.version.port': ports.version,
    'web.http.version.path': '/version',
    'web.http.public.port': ports.public,
    'web.http.public.path': '/public',
    'edc.dataplane.api.public.baseurl': shown,
    'edc.transfer.proxy.token.signer.privatekey.alias': 'private-key',
    'edc.transfer.proxy.token.verifier.publickey.alias': 'public-key',
    'private-key': keys.privateKey,
    'edc.iam.publickeys.key.id': 'public-key',
    'edc.iam.publickeys.key.path': keys.publicKeyPath,
    'edc.transfer.state-machine.iteration-wait-millis': 200,
    'edc.negotiation.consumer.state-machine.iteration-wait-millis': 200,
    'edc.negotiation.provider.state-machine.iteration-wait-millis': 200,
    'edc.dataplane.state-machine.iteration-wait-millis': 200,
    'edc.transfer.send.retry.limit': 3,
    'edc.core.retry.retries.max': 1,
  }
}

function askAssets(at: Place): Promise<Response> {
  return fetch(`${managementAt(at)}/v3/assets/request`, {
    method: 'POST',
    headers: { 'x-api-key': at.key, 'content-type': 'application/json' },
    body: JSON.stringify({ '@context': { '@vocab': NAMESPACE }, '@type': 'QuerySpec' }),
    signal: AbortSignal.timeout(5_000),
  })
}
