import { dirname, resolve } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import type { Problem } from '../core/errors.ts'
import { dataProblem } from '../core/plain-data.ts'
import { readBySchema } from '../core/schema-problems.ts'
import {
  coherentPathSecrets,
  connectorId,
  type FollowSecretFile,
  httpUrl,
  pathSecretOf,
  type ReadSecretFile,
  secretSchema,
} from './connector-fields.ts'
import { hidingSecrets } from './hiding-secrets.ts'
import { SettingsError } from './load.ts'
import { readNamedFile } from './read-file.ts'
import { type SecretInFile, secretInFile } from './secret-in-file.ts'
import { type SignalingSettings, signalingSchema, signalingSettings } from './signaling.ts'

/** One connector of the connectors file that has an HTTP provisioner. docs/configuration.md is generated from this. */
export const provisionerSchema = z
  .strictObject({
    id: connectorId.meta({
      description: 'Our name for it; stands in the path it calls: `/connectors/<id>/provision`.',
    }),
    dialect: z
      .literal('http-provisioner')
      .default('http-provisioner')
      .meta({ description: 'The protocol it speaks to us.' }),
    managementUrl: httpUrl.meta({ description: 'Its Management API, such as `http://provider:19193/management`.' }),
    apiKey: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'Key of the Management API. It gives full rights: prefer apiKeyFile.' }),
    apiKeyFile: z.string().min(1).optional().meta({
      description:
        'File that holds the key; relative to the connectors file. It is read again when the connector refuses the key.',
    }),
    callbackAddress: httpUrl.optional().meta({
      description:
        'The `callbackAddress` its messages carry; any other is refused. Default: managementUrl and `/callback`.',
    }),
    callbackUrl: httpUrl.optional().meta({
      description:
        'Where callbacks are sent, where the address in its messages is not one that we reach: connectors often call themselves `localhost`. Default: callbackAddress.',
    }),
    dataAddressType: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,128}$/, 'expected letters, digits, -, _ and .')
      .optional()
      .meta({
        description:
          'The type of data address that its HTTP provisioner sends here (`provisioner.http.entries.<name>.data.address.type`); published assets get it. Default: `HttpProvision`.',
      }),
    secret: secretSchema.optional().meta({
      description:
        'Last segment of the paths it calls, because it can send no header. Needed unless DSC_DEVELOPMENT is set.',
    }),
    secretFile: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'File that holds the secret; relative to the connectors file.' }),
    previousSecret: secretSchema.optional().meta({
      description:
        'The secret before, which is taken too while the connector is changed over: so a secret changes without a message lost.',
    }),
    previousSecretFile: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'File that holds the secret before; relative to the connectors file.' }),
  })
  .refine((connector) => (connector.apiKey === undefined) !== (connector.apiKeyFile === undefined), {
    error: 'expected either apiKey or apiKeyFile',
    path: ['apiKey'],
  })
  .apply(coherentPathSecrets)

const entrySchema = z.looseObject({ dialect: z.enum(['http-provisioner', 'data-plane-signaling']).optional() })
const fileSchema = z.strictObject({ connectors: z.array(entrySchema).min(1) })

/** A connector as configured, with its secrets read. */
export type ConnectorSettings = ProvisionerSettings | SignalingSettings

/** A connector that has an HTTP provisioner, with its key read. */
export interface ProvisionerSettings {
  readonly id: string
  readonly dialect: 'http-provisioner'
  /** Without a slash at the end, like every address here. */
  readonly managementUrl: string
  /** As it was read at the start. */
  readonly apiKey: string
  /** What it is now, where it is in a file. */
  readonly apiKeyInFile?: SecretInFile
  /** What its messages name. */
  readonly callbackAddress: string
  /** Where callbacks go; callbackAddress where it is absent. */
  readonly callbackUrl?: string
  /** Of published assets; `defaultDataAddressType` where it is absent. */
  readonly dataAddressType?: string
  readonly secret?: string
  /** Taken as well, while the connector is changed over. */
  readonly previousSecret?: string
}

/** The type of a published asset's data address where the connectors file names none. */
export const defaultDataAddressType = 'HttpProvision'

/**
 * Reads the connectors file and the key files it names.
 * @throws SettingsError with every problem there is
 */
export function loadConnectors(path: string): readonly ConnectorSettings[] {
  const file = readNamedFile(path)
  if (!file.ok) throw new SettingsError([{ where: 'DSC_CONNECTORS_FILE', message: file.reason }])
  const parsed = readBySchema(fileSchema, parseFile(path, file.text))
  if (!parsed.ok)
    throw new SettingsError(
      parsed.problems.map(({ where, message }) => ({ where: `${path} ${where}`.trimEnd(), message })),
    )
  const problems: Problem[] = []
  const read = (named: string, where: string): string | undefined => {
    const reading = readNamedFile(resolve(dirname(path), named))
    if (!reading.ok) problems.push({ where, message: reading.reason })
    return reading.ok ? reading.text : undefined
  }
  const follow: FollowSecretFile = (named, first) => secretInFile(resolve(dirname(path), named), first)
  const connectors = parsed.value.connectors.flatMap((entry, index): readonly ConnectorSettings[] => {
    const where = (field: string): string => `${path} connectors[${index}]${field === '' ? '' : `.${field}`}`
    const readFile: ReadSecretFile = (name, field) => read(name, where(field))
    const tell = (field: string, message: string): void => void problems.push({ where: where(field), message })
    const readBy = <S extends z.ZodType>(schema: S): z.output<S> | undefined => {
      const reading = readBySchema(schema, entry)
      if (reading.ok) return reading.value
      for (const problem of reading.problems) tell(problem.where, problem.message)
      return undefined
    }
    if (entry.dialect === 'data-plane-signaling') {
      const signaling = readBy(signalingSchema)
      return signaling === undefined ? [] : [signalingSettings(signaling, readFile, follow, tell)]
    }
    const provisioner = readBy(provisionerSchema)
    return provisioner === undefined ? [] : [provisionerSettings(provisioner, readFile, follow, tell)]
  })
  const ids = parsed.value.connectors.map((entry) => entry['id'])
  for (const [index, id] of ids.entries()) {
    if (typeof id === 'string' && ids.indexOf(id) !== index)
      problems.push({ where: `${path} connectors[${index}].id`, message: `the id ${id} stands twice` })
  }
  if (problems.length > 0) throw new SettingsError(problems)
  return connectors
}

function provisionerSettings(
  entry: z.output<typeof provisionerSchema>,
  read: ReadSecretFile,
  follow: FollowSecretFile,
  tell: (field: string, message: string) => void,
): ProvisionerSettings {
  const secret = pathSecretOf(entry, 'secret', read, tell)
  const previousSecret = pathSecretOf(entry, 'previousSecret', read, tell)
  const apiKey = entry.apiKeyFile === undefined ? (entry.apiKey ?? '') : read(entry.apiKeyFile, 'apiKeyFile')
  if (apiKey === '') tell('apiKeyFile', `the file ${entry.apiKeyFile} is empty; write the key into it`)
  const settings: ProvisionerSettings = {
    id: entry.id,
    dialect: entry.dialect,
    managementUrl: entry.managementUrl,
    apiKey: apiKey ?? '',
    ...(entry.apiKeyFile === undefined ? {} : { apiKeyInFile: follow(entry.apiKeyFile, apiKey ?? '') }),
    callbackAddress: entry.callbackAddress ?? `${entry.managementUrl}/callback`,
    ...(entry.callbackUrl === undefined ? {} : { callbackUrl: entry.callbackUrl }),
    ...(entry.dataAddressType === undefined ? {} : { dataAddressType: entry.dataAddressType }),
    ...(secret === undefined ? {} : { secret }),
    ...(previousSecret === undefined ? {} : { previousSecret }),
  }
  return hidingSecrets(settings, ['apiKey', 'secret', 'previousSecret'])
}

/** @throws SettingsError with every syntax error by line */
function parseFile(path: string, text: string): unknown {
  const lines = new LineCounter()
  let document: ReturnType<typeof parseDocument>
  let value: unknown
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' })
    value = document.errors.length === 0 ? document.toJS() : undefined
  } catch (error) {
    // Nesting without end, or aliases that cannot be followed.
    const message = `cannot be read: ${error instanceof Error ? error.message : String(error)}`
    throw new SettingsError([{ where: path, message }])
  }
  const problem = dataProblem(value)
  if (problem !== undefined)
    throw new SettingsError([{ where: `${path} ${problem.where}`.trimEnd(), message: problem.message }])
  if (document.errors.length === 0) return value
  throw new SettingsError(
    document.errors.map(({ pos, message }) => {
      const { line, col } = lines.linePos(pos[0])
      return { where: `${path} line ${line}, column ${col}`, message }
    }),
  )
}
