import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'

/** Every secret of the demo. None has a value that anybody could know before the first start. */
export interface Secrets {
  readonly storeUser: string
  readonly storePassword: string
  readonly tokenKey: string
  readonly adminToken: string
  /** Last segment of the paths that the provider's connector calls: it can send no header. */
  readonly pathSecret: string
  readonly providerKey: string
  readonly consumerKey: string
  /** Signs the tokens that the data plane gives out. PKCS #8 as PEM. */
  readonly providerDataPlaneKey: string
  readonly consumerDataPlaneKey: string
}

/**
 * Reads the secrets from a file; those that are not there yet are made and kept in it. The file is written whole or not at all.
 * @throws where the file is there and holds no JSON object
 */
export function keptSecrets(path: string): Secrets {
  const kept = readKept(path)
  const secret = (name: keyof Secrets, make: () => string): string => {
    const value = kept.get(name)
    return typeof value === 'string' ? value : make()
  }
  const secrets: Secrets = {
    storeUser: secret('storeUser', () => `dsc-${randomBytes(8).toString('hex')}`),
    storePassword: secret('storePassword', random),
    tokenKey: secret('tokenKey', random),
    adminToken: secret('adminToken', random),
    pathSecret: secret('pathSecret', random),
    providerKey: secret('providerKey', random),
    consumerKey: secret('consumerKey', random),
    providerDataPlaneKey: secret('providerDataPlaneKey', signingKey),
    consumerDataPlaneKey: secret('consumerDataPlaneKey', signingKey),
  }
  writeFileSync(`${path}.new`, JSON.stringify(secrets, undefined, 2), { mode: 0o600 })
  renameSync(`${path}.new`, path)
  return secrets
}

function readKept(path: string): ReadonlyMap<string, unknown> {
  const kept: unknown = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
  if (typeof kept === 'object' && kept !== null) return new Map(Object.entries(kept))
  throw new Error(`${path} holds no secrets; docker compose down -v removes it`)
}

/** 256 bits as hexadecimal digits, which need no escape in any of the files. */
function random(): string {
  return randomBytes(32).toString('hex')
}

function signingKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
