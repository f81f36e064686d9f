import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import type { Problem } from '../core/errors.ts'
import { SettingsError } from './load.ts'

const httpUrl = z
  .url({ protocol: /^https?$/, error: 'expected an http or https address' })
  .transform((value) => value.replace(/\/+$/, ''))

const secretSchema = z.string().regex(/^[A-Za-z0-9_-]{32,128}$/, 'expected 32 to 128 letters, digits, - and _')

/** One connector of the connectors file. docs/configuration.md is generated from this. */
export const connectorSchema = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z0-9]([-a-z0-9]{0,62}[a-z0-9])?$/, 'expected lower case letters, digits and -')
      .meta({ description: 'Our name for it; stands in the path it calls: `/connectors/<id>/provision`.' }),
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
    apiKeyFile: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'File that holds the key; relative to the connectors file.' }),
    callbackAddress: httpUrl.optional().meta({
      description:
        'The `callbackAddress` its messages carry; any other is refused. Default: managementUrl and `/callback`.',
    }),
    secret: secretSchema.optional().meta({
      description:
        'Last segment of the paths it calls, because it can send no header. Needed where the network between is not trusted.',
    }),
    secretFile: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'File that holds the secret; relative to the connectors file.' }),
  })
  .refine((connector) => (connector.apiKey === undefined) !== (connector.apiKeyFile === undefined), {
    error: 'expected either apiKey or apiKeyFile',
    path: ['apiKey'],
  })
  .refine((connector) => connector.secret === undefined || connector.secretFile === undefined, {
    error: 'expected either secret or secretFile, not both',
    path: ['secret'],
  })

const fileSchema = z.strictObject({ connectors: z.array(connectorSchema).min(1) })

/** A connector as configured, with its key read. */
export interface ConnectorSettings {
  readonly id: string
  readonly dialect: 'http-provisioner'
  /** Without a slash at the end, like every address here. */
  readonly managementUrl: string
  readonly apiKey: string
  readonly callbackAddress: string
  readonly secret?: string
}

/**
 * Reads the connectors file and the key files it names.
 * @throws SettingsError with every problem there is
 */
export function loadConnectors(path: string): readonly ConnectorSettings[] {
  let document: unknown
  try {
    document = parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new SettingsError([{ where: path, message: messageOf(error) }])
  }
  const parsed = fileSchema.safeParse(document)
  if (!parsed.success) {
    throw new SettingsError(
      parsed.error.issues.map((issue) => ({
        where: `${path} ${z.core.toDotPath(issue.path)}`,
        message: issue.message,
      })),
    )
  }
  const problems: Problem[] = []
  const read = (file: string): string | undefined => {
    try {
      return readFileSync(resolve(dirname(path), file), 'utf8').trim()
    } catch (error) {
      problems.push({ where: path, message: messageOf(error) })
      return undefined
    }
  }
  const connectors = parsed.data.connectors.map((entry): ConnectorSettings => {
    const secret = entry.secretFile === undefined ? entry.secret : read(entry.secretFile)
    const apiKey = entry.apiKeyFile === undefined ? (entry.apiKey ?? '') : read(entry.apiKeyFile)
    const where = `${path} ${entry.id}`
    if (apiKey === '') problems.push({ where, message: 'the file in apiKeyFile is empty' })
    if (secret !== undefined && !secretSchema.safeParse(secret).success) {
      problems.push({ where, message: 'the file in secretFile: expected 32 to 128 letters, digits, - and _' })
    }
    return {
      id: entry.id,
      dialect: entry.dialect,
      managementUrl: entry.managementUrl,
      apiKey: apiKey ?? '',
      callbackAddress: entry.callbackAddress ?? `${entry.managementUrl}/callback`,
      ...(secret === undefined ? {} : { secret }),
    }
  })
  const ids = connectors.map((connector) => connector.id)
  for (const twice of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) {
    problems.push({ where: path, message: `the id ${twice} stands twice` })
  }
  if (problems.length > 0) throw new SettingsError(problems)
  return connectors
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
