import type { Problem } from '../core/errors.ts'
import type { ConnectorSettings } from './connectors.ts'
import { databaseAccess } from './database-url.ts'
import type { SettingName, Settings } from './settings.ts'
import { isMadeOfKnownWords, isWellKnown } from './well-known-secret.ts'

/**
 * What is asked of each secret, beside the 32 characters that the schemas ask of those which are ours to choose. `own`: it opens something of
 * ours, so nothing that could be guessed will do. `foreign`: another service made it; only values that everybody knows are refused.
 */
const rules: readonly { readonly name: SettingName; readonly kind: 'own' | 'foreign' }[] = [
  { name: 'DSC_TOKEN_KEY', kind: 'own' },
  { name: 'DSC_TOKEN_KEY_PREVIOUS', kind: 'own' },
  { name: 'DSC_ADMIN_TOKEN', kind: 'own' },
  { name: 'S3_SECRET_KEY', kind: 'foreign' },
  { name: 'S3_UPLOAD_SECRET_KEY', kind: 'foreign' },
]

const wellKnown = 'this is a well-known value; choose another'
const guessable = 'this is made of known words; take a random one, for example from: openssl rand -hex 32'

/** What is wrong with the secrets among the settings. In development anything goes: nobody but this machine reaches the listeners. */
export function problemsOfSecrets(settings: Settings): readonly Problem[] {
  if (settings.DSC_DEVELOPMENT) return []
  const problems: Problem[] = []
  const seen = new Map<string, SettingName>()
  for (const { name, kind } of rules) {
    const value = settings[name]
    if (typeof value !== 'string') continue
    const message = kind === 'own' ? problemOfOwn(value) : problemOfForeign(value)
    const same = seen.get(value)
    if (message !== undefined) problems.push({ where: name, message })
    else if (same !== undefined) problems.push({ where: name, message: `is the same as ${same}; each needs its own` })
    if (kind === 'own') seen.set(value, name)
  }
  const { DSC_DATABASE_URL: database } = settings
  const message = database === undefined ? undefined : problemOfDatabase(database)
  if (message !== undefined) problems.push({ where: 'DSC_DATABASE_URL', message })
  return problems
}

/**
 * What is wrong with the secrets of connectors outside of development.
 * @param path of the connectors file, for the problems
 */
export function problemsOfConnectors(
  connectors: readonly ConnectorSettings[],
  { DSC_DEVELOPMENT: development }: Pick<Settings, 'DSC_DEVELOPMENT'>,
  path: string,
): readonly Problem[] {
  if (development) return []
  const problems: Problem[] = []
  const owner = new Map<string, string>()
  for (const [index, connector] of connectors.entries()) {
    const { id, secret, previousSecret } = connector
    const tell = (field: string, message: string | undefined): void => {
      if (message !== undefined) problems.push({ where: `${path} connectors[${index}].${field}`, message })
    }
    const apiKey = connector.dialect === 'http-provisioner' ? connector.apiKey : connector.management?.apiKey
    if (apiKey !== undefined) tell('apiKey', problemOfForeign(apiKey))
    for (const [field, value] of clientSecretsOf(connector))
      tell(field, value === undefined ? undefined : problemOfForeign(value))
    // A control plane may prove itself by tokens in its place.
    if (
      secret === undefined &&
      !(connector.dialect === 'data-plane-signaling' && connector.tokens.theirs !== undefined)
    )
      tell(
        'secret',
        'is needed: without it anybody who reaches the public listener speaks in its name; for example from: openssl rand -hex 32',
      )
    for (const [field, value] of [
      ['secret', secret],
      ['previousSecret', previousSecret],
    ] as const) {
      if (value === undefined) continue
      const other = owner.get(value)
      tell(
        field,
        problemOfOwn(value) ?? (other === undefined ? undefined : `is also the secret of ${other}; each needs its own`),
      )
      owner.set(value, id)
    }
  }
  return problems
}

function problemOfOwn(value: string): string | undefined {
  return isMadeOfKnownWords(value) ? guessable : undefined
}

function problemOfForeign(value: string): string | undefined {
  return isWellKnown(value) ? wellKnown : undefined
}

/** OAuth2's, by the field that has it. */
function clientSecretsOf(
  connector: ConnectorSettings,
): readonly (readonly [field: string, value: string | undefined])[] {
  if (connector.dialect === 'http-provisioner') return []
  return [
    ['tokens.clientSecret', connector.tokens.own?.clientSecret],
    ['registeredTokens.clientSecret', connector.registration?.authorization?.['clientSecret']],
  ]
}

/** A password may be missing only where something else proves who calls: a certificate, or the machine. */
function problemOfDatabase(url: string): string | undefined {
  const { user, password, certificate, local } = databaseAccess(url)
  if (password === '')
    return certificate || local
      ? undefined
      : 'needs a password in it, or a client certificate (sslcert and sslkey), because the database is on another machine'
  if (password === user) return 'has the user’s name as its password; choose another'
  return isWellKnown(password) ? 'has a well-known password; choose another' : undefined
}
