import { isIP, isIPv4 } from 'node:net'
import dotenv from 'dotenv'
import type { z } from 'zod'
import type { Problem } from '../core/errors.ts'
import { readBySchema } from '../core/schema-problems.ts'
import { hidingSecrets } from './hiding-secrets.ts'
import { nearest } from './nearest.ts'
import { readNamedFile } from './read-file.ts'
import { problemsOfSecrets } from './secret-rules.ts'
import { type Settings, settingsSchema } from './settings.ts'

/** Thrown when the settings have errors; names all of them. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(`The settings have errors:\n${problems.map(({ where, message }) => `  ${where}: ${message}`).join('\n')}`)
    this.problems = problems
  }
}

/**
 * Reads the settings: the environment wins over the dotenv file, defaults fill the rest. `NAME_FILE` names a file that holds
 * the value of a secret. An unknown `DSC_…` variable is an error: it is a spelling mistake more often than not.
 * @param environment such as process.env
 * @param file text of a dotenv file, if there is one
 * @throws SettingsError with every problem there is
 */
export function loadSettings(environment: Readonly<Record<string, string | undefined>>, file = ''): Settings {
  const problems: Problem[] = []
  const given: Record<string, string | undefined> = { ...dotenv.parse(file), ...environment }
  const values: Record<string, string> = {}
  for (const [name, schema] of Object.entries(settingsSchema.shape)) {
    const value = isSecret(schema) ? readSecret(name, given, problems) : given[name]
    if (value !== undefined && value !== '') values[name] = value
  }
  const known = new Set(
    Object.entries(settingsSchema.shape).flatMap(([name, schema]) =>
      isSecret(schema) ? [name, `${name}_FILE`] : [name],
    ),
  )
  for (const name of Object.keys(given)) {
    if (name.startsWith('DSC_') && !known.has(name) && !ofTheCommandLine.has(name))
      problems.push({ where: name, message: unknownSetting(name, known) })
  }
  const read = readBySchema(settingsSchema, values)
  if (!read.ok)
    throw new SettingsError([...problems, ...read.problems, ...contradictionsOfTheRest(values, read.problems)])
  const unread = new Set(problems.map(({ where }) => where))
  problems.push(...contradictions(read.value).filter(({ where }) => !unread.has(`${where}_FILE`)))
  if (problems.length > 0) throw new SettingsError(problems)
  return Object.freeze(hidingSecrets(read.value, secretNames))
}

function unknownSetting(name: string, known: ReadonlySet<string>): string {
  if (name.endsWith('_FILE') && known.has(name.slice(0, -'_FILE'.length)))
    return 'there is no such setting: only a secret may come from a file'
  const meant = nearest(name, [...known])
  return `there is no such setting${meant === undefined ? '; docs/configuration.md lists all' : `; did you mean ${meant}?`}`
}

/** What is contradictory among the settings that could be read, so that everything is told at once. */
function contradictionsOfTheRest(values: Readonly<Record<string, string>>, wrong: readonly Problem[]): Problem[] {
  const broken = new Set(wrong.map(({ where }) => where))
  if (broken.has('DSC_DEVELOPMENT')) return [] // what it allows cannot be told
  const rest = settingsSchema.safeParse(
    Object.fromEntries(Object.entries(values).filter(([name]) => !broken.has(name))),
  )
  return rest.success ? contradictions(rest.data).filter(({ where }) => !broken.has(where)) : []
}

function isSecret(schema: z.ZodType): boolean {
  return schema.meta()?.['secret'] === true
}

const secretNames = Object.entries(settingsSchema.shape).flatMap(([name, schema]) => (isSecret(schema) ? [name] : []))

function readSecret(
  name: string,
  given: Readonly<Record<string, string | undefined>>,
  problems: Problem[],
): string | undefined {
  const file = given[`${name}_FILE`]
  if (file === undefined || file === '') return given[name]
  if (given[name] !== undefined && given[name] !== '')
    problems.push({ where: name, message: `${name}_FILE is set too; leave one of them out` })
  const reading = readNamedFile(file)
  if (!reading.ok) problems.push({ where: `${name}_FILE`, message: reading.reason })
  else if (reading.text === '') problems.push({ where: `${name}_FILE`, message: `the file ${file} is empty` })
  return reading.ok ? reading.text : undefined
}

/** Settings of `dsc` (config/cli.ts), which may stand in the same environment. */
const ofTheCommandLine = new Set(['DSC_ADMIN_URL'])

/** Addresses that mean every interface. */
const wildcards = new Set(['0.0.0.0', '::', ''])

function contradictions(settings: Settings): Problem[] {
  const problems: Problem[] = []
  const need = (condition: boolean, where: keyof Settings, message: string): void => {
    if (condition && settings[where] === undefined) problems.push({ where, message })
  }
  const publicLoopback = isLoopback(settings.DSC_PUBLIC_HOST)
  const adminLoopback = isLoopback(settings.DSC_ADMIN_HOST)
  if (settings.DSC_DEVELOPMENT && !(publicLoopback && adminLoopback)) {
    problems.push({
      where: 'DSC_DEVELOPMENT',
      message:
        'needs DSC_PUBLIC_HOST and DSC_ADMIN_HOST on loopback; leave it out where others are to reach the service',
    })
  }
  if (settings.DSC_CRASH_AT !== undefined && !settings.DSC_DEVELOPMENT)
    problems.push({ where: 'DSC_CRASH_AT', message: 'kills the service and needs DSC_DEVELOPMENT=true' })
  need(
    wildcards.has(settings.DSC_PUBLIC_HOST),
    'DSC_PUBLIC_URL',
    'is needed because DSC_PUBLIC_HOST names no address that others could call',
  )
  need(
    !adminLoopback && settings.DSC_OIDC_ISSUER === undefined,
    'DSC_ADMIN_TOKEN',
    'is needed because DSC_ADMIN_HOST is not loopback',
  )
  need(settings.DSC_OIDC_ISSUER !== undefined, 'DSC_OIDC_AUDIENCE', 'is needed with DSC_OIDC_ISSUER')
  need(settings.DSC_OIDC_AUDIENCE !== undefined, 'DSC_OIDC_ISSUER', 'is needed with DSC_OIDC_AUDIENCE')
  if (settings.DSC_OIDC_ISSUER !== undefined && !isPrivateEnough(new URL(settings.DSC_OIDC_ISSUER))) {
    const message = 'needs https: whoever is on the way could put keys of his own in place of the provider’s'
    problems.push({ where: 'DSC_OIDC_ISSUER', message })
  }
  need(
    settings.DSC_TOKEN_KEY_PREVIOUS !== undefined,
    'DSC_TOKEN_KEY',
    'is needed with DSC_TOKEN_KEY_PREVIOUS, which it follows',
  )
  problems.push(...problemsOfSecrets(settings))
  need(
    !settings.DSC_DEVELOPMENT && settings.DSC_TOKEN_KEY_PREVIOUS === undefined,
    'DSC_TOKEN_KEY',
    'is needed, for example from: openssl rand -hex 32',
  )
  if (settings.DSC_BACKEND === 'local' && !settings.DSC_DEVELOPMENT && !settings.DSC_LOCAL_BEYOND_LOOPBACK) {
    const message = 'local isolates nothing and needs DSC_DEVELOPMENT=true, or DSC_LOCAL_BEYOND_LOOPBACK=true'
    problems.push({ where: 'DSC_BACKEND', message })
  }
  if (settings.DSC_BACKEND === 'kubernetes') {
    need(true, 'DSC_SIDECAR_IMAGE', 'is needed with DSC_BACKEND=kubernetes')
    if (settings.DSC_OBJECT_STORE === 'directory') {
      problems.push({
        where: 'DSC_OBJECT_STORE',
        message: 'directory cannot be reached from pods; use s3 with DSC_BACKEND=kubernetes',
      })
    }
  }
  if (settings.DSC_OBJECT_STORE === 's3') {
    need(true, 'S3_ENDPOINT', 'is needed with DSC_OBJECT_STORE=s3')
    need(true, 'S3_ACCESS_KEY', 'is needed with DSC_OBJECT_STORE=s3')
    need(true, 'S3_SECRET_KEY', 'is needed with DSC_OBJECT_STORE=s3')
    need(!settings.S3_STS, 'S3_UPLOAD_ACCESS_KEY', 'is needed with S3_STS=false')
    if (settings.S3_UPLOAD_ACCESS_KEY !== undefined && settings.S3_UPLOAD_ACCESS_KEY === settings.S3_ACCESS_KEY) {
      problems.push({
        where: 'S3_UPLOAD_ACCESS_KEY',
        message: 'is the service’s own key; pods get that of a user who may only upload',
      })
    }
    need(!settings.S3_STS, 'S3_UPLOAD_SECRET_KEY', 'is needed with S3_STS=false')
  }
  return problems
}

/** Whether nobody on the way can change what comes from an address. */
function isPrivateEnough({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || isLoopback(hostname.replace(/^\[|\]$/g, ''))
}

/** Whether an address to bind to is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true
  return isIP(host) !== 0 && (isIPv4(host) ? host.startsWith('127.') : host === '::1')
}
