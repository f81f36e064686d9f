import { readFileSync } from 'node:fs'
import dotenv from 'dotenv'
import type { Problem } from '../core/errors.ts'
import { SettingsError } from './load.ts'
import { settingsSchema } from './settings.ts'

/** Variables as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Where the admin API is and what opens it. */
export interface AdminAccess {
  /** Without a slash at the end. */
  readonly url: string
  /** Bearer token; without one the admin API answers on its own machine only. */
  readonly token?: string
}

/** Where the admin API is unless somebody says otherwise: the defaults of DSC_ADMIN_HOST and DSC_ADMIN_PORT. */
export const defaultAdminUrl = 'http://127.0.0.1:3001'

/** Variables that the command line reads and the service does not know. */
const commandLineOnly = new Set(['DSC_ADMIN_URL'])

/**
 * Where the command line finds the admin API: options go before DSC_ADMIN_URL, DSC_ADMIN_TOKEN and DSC_ADMIN_TOKEN_FILE.
 * @throws SettingsError with every problem there is
 */
export function loadAdminAccess(
  environment: Environment,
  options: { readonly adminUrl?: string | undefined; readonly tokenFile?: string | undefined },
): AdminAccess {
  const problems: Problem[] = []
  const given = options.adminUrl ?? (environment['DSC_ADMIN_URL'] || defaultAdminUrl)
  const urlProblem = adminUrlProblem(given)
  if (urlProblem !== undefined)
    problems.push({ where: options.adminUrl === undefined ? 'DSC_ADMIN_URL' : '--admin-url', message: urlProblem })
  const token = readToken(environment, options.tokenFile, problems)
  if (problems.length > 0) throw new SettingsError(problems)
  return { url: given.replace(/\/+$/, ''), ...(token === undefined ? {} : { token }) }
}

function adminUrlProblem(text: string): string | undefined {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol))
    return `expected an http or https address such as ${defaultAdminUrl}`
  const { username, password, search, hash } = url
  if (username !== '' || password !== '') return 'an address holds no name or password; use a token'
  return search !== '' || hash !== '' ? 'expected an address without ? and #' : undefined
}

function readToken(environment: Environment, option: string | undefined, problems: Problem[]): string | undefined {
  const file = option ?? (environment['DSC_ADMIN_TOKEN_FILE'] || undefined)
  const inEnvironment = environment['DSC_ADMIN_TOKEN'] || undefined
  if (option === undefined && inEnvironment !== undefined && file !== undefined) {
    problems.push({ where: 'DSC_ADMIN_TOKEN', message: 'DSC_ADMIN_TOKEN_FILE is set too; leave one of them out' })
    return undefined
  }
  const where = option !== undefined ? '--token-file' : file !== undefined ? 'DSC_ADMIN_TOKEN_FILE' : 'DSC_ADMIN_TOKEN'
  const token = file === undefined ? inEnvironment : readTrimmed(file, where, problems)
  if (token !== undefined && !/^[\u0021-\u007E]+$/.test(token)) {
    problems.push({ where, message: 'a token is one line of ASCII characters without spaces' })
  }
  return token
}

function readTrimmed(file: string, where: string, problems: Problem[]): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    problems.push({ where, message: error instanceof Error ? error.message : String(error) })
    return undefined
  }
}

/** The environment as the service is to see it: a variable it does not know would keep it from starting. */
export function serviceEnvironment(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !commandLineOnly.has(name)))
}

/**
 * The connectors file that the service would read, whether or not its other settings are right.
 * @param file text of the dotenv file beside the service, empty where there is none
 */
export function connectorsFile(environment: Environment, file: string): string {
  const given = environment['DSC_CONNECTORS_FILE'] || dotenv.parse(file)['DSC_CONNECTORS_FILE'] || undefined
  return settingsSchema.shape.DSC_CONNECTORS_FILE.parse(given)
}

/**
 * Where the service has its state, whether or not its other settings are right.
 * @param file text of the dotenv file beside the service, empty where there is none
 */
export function databasePlace(
  environment: Environment,
  file: string,
): { readonly kind: 'sqlite'; readonly path: string } | { readonly kind: 'postgres' } {
  const given = { ...dotenv.parse(file), ...environment }
  if (given['DSC_DATABASE_URL'] || given['DSC_DATABASE_URL_FILE']) return { kind: 'postgres' }
  return { kind: 'sqlite', path: settingsSchema.shape.DSC_DATABASE.parse(given['DSC_DATABASE'] || undefined) }
}
