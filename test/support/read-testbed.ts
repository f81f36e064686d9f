import type { SecondObjectStore, Testbed } from './testbed.ts'

// By itself, for programs that are no tests: what testbed.ts imports runs below AVA only.

type Environment = Readonly<Record<string, string | undefined>>

/** Reads the address of the PostgreSQL server of the testbed, which can also run alone. */
export function readPostgresUrl(env: Environment): string | undefined {
  return env['TESTBED_POSTGRES_URL'] || undefined
}

/** Reads where the real parts are; `undefined` where the environment does not name all of them. */
export function readTestbed(env: Environment): Testbed | undefined {
  const missing = new Set<string>()
  const value = (name: string) => env[name] || (missing.add(name), '')
  const found: Testbed = {
    kubeconfig: value('KUBECONFIG'),
    host: value('TESTBED_HOST'),
    objectStore: {
      endpoint: value('S3_ENDPOINT'),
      accessKey: value('S3_ACCESS_KEY'),
      secretKey: value('S3_SECRET_KEY'),
    },
    secondObjectStore: second(env),
    postgresUrl: readPostgresUrl(env),
    connectors: {
      providerManagement: value('EDC_PROVIDER_MANAGEMENT'),
      providerKey: value('EDC_PROVIDER_KEY'),
      providerProtocol: value('EDC_PROVIDER_PROTOCOL'),
      consumerManagement: value('EDC_CONSUMER_MANAGEMENT'),
      consumerKey: value('EDC_CONSUMER_KEY'),
    },
    provisionPorts: value('TESTBED_PROVISION_PORTS').split(',').map(Number),
  }
  return missing.size === 0 ? found : undefined
}

function second(env: Environment): SecondObjectStore | undefined {
  const endpoint = env['S3_SECOND_ENDPOINT']
  if (!endpoint) return undefined
  const value = (name: string) => env[`S3_SECOND_${name}`] ?? ''
  return {
    endpoint,
    accessKey: value('ACCESS_KEY'),
    secretKey: value('SECRET_KEY'),
    serviceUser: { accessKey: value('SERVICE_ACCESS_KEY'), secretKey: value('SERVICE_SECRET_KEY') },
    uploadUser: { accessKey: value('UPLOAD_ACCESS_KEY'), secretKey: value('UPLOAD_SECRET_KEY') },
  }
}
