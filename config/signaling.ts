import { z } from 'zod'
import { durationPattern, parseDuration } from '../core/asset/duration.ts'
import type { Problem } from '../core/errors.ts'
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
import type { SecretInFile } from './secret-in-file.ts'

const named = z.string().min(1).max(1024)
const fileName = z.string().min(1)

/** A transfer type, or profile, by its name alone or with how it starts. */
const profileSchema = z.union([
  named.transform((name): Profile => ({ name })),
  z
    .strictObject({ name: named, start: z.enum(['async', 'sync']).optional() })
    .transform(({ name, start }): Profile => ({ name, ...(start === undefined ? {} : { start }) })),
])

/** What a control plane may ask for by a name. */
export interface Profile {
  /** What stands in `profile` (RC3) or `transferType` (RC2) of its messages. Its last part says `pull` or `push`. */
  readonly name: string
  /** When a flow counts as started. @default what the asset offers, `async` where it offers both */
  readonly start?: 'async' | 'sync'
}

const tokensSchema = z
  .strictObject({
    tokenUrl: httpUrl.optional(),
    clientId: named.optional(),
    clientSecret: named.optional(),
    clientSecretFile: fileName.optional(),
    scope: named.optional(),
    issuer: named.optional(),
    jwksUrl: httpUrl.optional(),
    audience: named.optional(),
    subject: named.optional(),
  })
  .refine(({ tokenUrl, clientId }) => (tokenUrl === undefined) === (clientId === undefined), {
    error: 'goes with clientId: by both of them tokens for our callbacks are fetched',
    path: ['tokenUrl'],
  })
  .refine(
    ({ clientId, clientSecret, clientSecretFile }) =>
      [clientSecret, clientSecretFile].filter((one) => one !== undefined).length === (clientId === undefined ? 0 : 1),
    { error: 'expected either clientSecret or clientSecretFile, with clientId', path: ['clientSecret'] },
  )
  .refine(({ issuer, jwksUrl }) => (issuer === undefined) === (jwksUrl === undefined), {
    error: 'goes with jwksUrl: by both of them the tokens of the control plane are checked',
    path: ['issuer'],
  })

const registeredTokensSchema = z
  .strictObject({
    tokenEndpoint: httpUrl,
    clientId: named,
    clientSecret: named.optional(),
    clientSecretFile: fileName.optional(),
    jwksUri: httpUrl.optional(),
  })
  .refine(({ clientSecret, clientSecretFile }) => (clientSecret === undefined) !== (clientSecretFile === undefined), {
    error: 'expected either clientSecret or clientSecretFile',
    path: ['clientSecret'],
  })

/** One connector of the connectors file whose data plane we are. docs/configuration.md is generated from this. */
export const signalingSchema = z
  .strictObject({
    id: connectorId.meta({
      description: 'Our name for it; stands in the path it calls: `/dataplanes/<id>/dataflows`.',
    }),
    dialect: z
      .literal('data-plane-signaling')
      .meta({ description: 'The protocol it speaks to us: we are its data plane.' }),
    form: z.enum(['plain', 'json-ld']).default('plain').meta({
      description: '`plain`: Data Plane Signaling 1.0 (EDC from 0.16 on). `json-ld`: its older form (EDC 0.6 to 0.18).',
    }),
    dataPlaneId: named
      .default('dataspace-compute')
      .meta({ description: 'Our id with the control plane; of its own for each service that is registered there.' }),
    signalingUrl: httpUrl.meta({
      description:
        'Where its callbacks are taken, such as `http://provider:19182/api/signaling` (`web.http.signaling.public.uri`); with `json-ld` its control API. Callbacks go there and nowhere else.',
    }),
    callbackAddresses: z.array(httpUrl).default([]).meta({
      description:
        'What its messages may name as callback address besides signalingUrl: connectors often call themselves `localhost`. Any other is refused.',
    }),
    managementUrl: httpUrl.optional().meta({
      description:
        'Its Management API, such as `http://provider:19193/management`. Without it nothing can be published there, a failed job cannot end its transfer, and a message that is lost stays lost.',
    }),
    managementVersion: z
      .enum(['v3', 'v4'])
      .optional()
      .meta({ description: 'Of the Management API. Default: `v4` with `plain`, `v3` with `json-ld`.' }),
    apiKey: z.string().min(1).optional().meta({ description: 'Key of the Management API: prefer apiKeyFile.' }),
    apiKeyFile: fileName.optional().meta({
      description:
        'File that holds the key; relative to the connectors file. It is read again when the connector refuses the key.',
    }),
    transferTypes: z.array(profileSchema).min(1).optional().meta({
      description:
        'The transfer types or profiles that are served, each ending in `-pull` or `-push`: a name, or `{name, start}` with `start` `async` or `sync`, where not the asset but the name is to say when a flow counts as started. Default: `Compute-PULL`, `Compute-PUSH`; with `json-ld`, where every flow starts at once, `HttpData-PULL`, `HttpData-PUSH`, `AmazonS3-PUSH`.',
    }),
    sourceTypes: z.array(named).min(1).default(['ComputeAsset']).meta({
      description:
        'With `json-ld`: types of the data addresses of assets that are served, by which EDC chooses among data planes; published assets get the first.',
    }),
    labels: z.array(named).default([]).meta({
      description:
        'Labels of the registration, by which assets choose among data planes; with `plain` published assets get them.',
    }),
    register: z.boolean().default(true).meta({
      description: 'Whether the service registers itself with the control plane, at its start and again and again.',
    }),
    registrationUrl: httpUrl.optional().meta({
      description:
        'What stands before `/dataplanes` where it registers. Default: managementUrl and `/v4`; with `json-ld` signalingUrl and `/v1`. Without either it does not register.',
    }),
    registrationInterval: z
      .string()
      .regex(durationPattern, 'expected a duration such as 30s or 5m')
      .default('60s')
      .meta({
        description: 'How often it registers again: a control plane without a database forgets it with each restart.',
      }),
    dataPlaneUrl: httpUrl.optional().meta({
      description:
        'Our address for the control plane, without `/dataflows`, where it is not DSC_PUBLIC_URL and `/dataplanes/<id>`.',
    }),
    tokens: tokensSchema.optional().meta({
      description:
        'OAuth2: `{tokenUrl, clientId, clientSecret or clientSecretFile, scope}` fetch the tokens of our callbacks; `{issuer, jwksUrl, audience, subject}` are those that its requests must carry (audience: default dataPlaneId, subject: any).',
    }),
    registeredTokens: registeredTokensSchema.optional().meta({
      description:
        'OAuth2, as the registration tells the control plane: `{tokenEndpoint, clientId, clientSecret or clientSecretFile}` fetch the tokens of its requests, `jwksUri` has the keys by which it checks ours.',
    }),
    secret: secretSchema.optional().meta({
      description:
        'A segment of the path it calls (`/dataplanes/<id>/<secret>/dataflows`), where it sends no tokens. This or tokens are needed unless DSC_DEVELOPMENT is set.',
    }),
    secretFile: fileName
      .optional()
      .meta({ description: 'File that holds the secret; relative to the connectors file.' }),
    previousSecret: secretSchema.optional().meta({ description: 'The secret before, which is taken too.' }),
    previousSecretFile: fileName
      .optional()
      .meta({ description: 'File that holds the secret before; relative to the connectors file.' }),
    endpointType: named.optional().meta({
      description:
        'The `endpointType` of addresses of results. Default: the profile where it is an address, else `https://w3id.org/idsa/v4.1/HTTP`.',
    }),
    strict: z.boolean().default(false).meta({
      description:
        'Keeps to the letter of the specification: a start of a process that has one is refused even where EDC was restarted in between, and so is a pull with a data address, which EDC sends up to 0.18.',
    }),
  })
  .refine(
    ({ managementUrl, apiKey, apiKeyFile }) =>
      [apiKey, apiKeyFile].filter((one) => one !== undefined).length === (managementUrl === undefined ? 0 : 1),
    { error: 'expected either apiKey or apiKeyFile, with managementUrl', path: ['apiKey'] },
  )
  .apply(coherentPathSecrets)
  .refine(({ transferTypes = [] }) => transferTypes.every(({ name }) => /-(pull|push)$/i.test(name)), {
    error: 'expected names that end in -pull or -push',
    path: ['transferTypes'],
  })
  .refine(({ form, transferTypes = [] }) => form === 'plain' || transferTypes.every(({ start }) => start !== 'async'), {
    error: 'there is no asynchronous start with the form json-ld',
    path: ['transferTypes'],
  })

/** A control plane's tokens, both ways. */
export interface SignalingTokens {
  /** How tokens for our callbacks are fetched; they carry none without it. */
  readonly own?: {
    readonly tokenUrl: string
    readonly clientId: string
    /** As it was read at the start. */
    readonly clientSecret: string
    /** What it is now, where it is in a file. */
    readonly clientSecretInFile?: SecretInFile
    readonly scope?: string
  }
  /** Which tokens its requests must carry; none without it. */
  readonly theirs?: {
    readonly issuer: string
    readonly jwksUrl: string
    readonly audience?: string
    readonly subject?: string
  }
}

/** A connector whose data plane we are, with its secrets read. Addresses are without a slash at the end. */
export interface SignalingSettings {
  readonly id: string
  readonly dialect: 'data-plane-signaling'
  readonly form: 'plain' | 'json-ld'
  readonly dataPlaneId: string
  readonly signalingUrl: string
  readonly callbackAddresses: readonly string[]
  /** Unset where it cannot be asked. */
  readonly management?: {
    readonly url: string
    readonly version: 'v3' | 'v4'
    /** As it was read at the start. */
    readonly apiKey: string
    /** What it is now, where it is in a file. */
    readonly apiKeyInFile?: SecretInFile
  }
  readonly profiles: readonly Profile[]
  /** With the form `json-ld`. */
  readonly sourceTypes: readonly string[]
  readonly labels: readonly string[]
  /** Unset where it is registered by somebody else. */
  readonly registration?: {
    readonly url: string
    readonly everyMs: number
    /** The object `authorization` of the registration. */
    readonly authorization?: Readonly<Record<string, string>> & { readonly type: string }
    /** What its `clientSecret` is now, where it is in a file. */
    readonly clientSecretInFile?: SecretInFile
  }
  /** Our address for the control plane, without `/dataflows`; else made of the service's public address. */
  readonly dataPlaneUrl?: string
  readonly tokens: SignalingTokens
  readonly secret?: string
  readonly previousSecret?: string
  readonly endpointType?: string
  readonly strict: boolean
}

/**
 * A connector as its entry says.
 * @param tell is told what is wrong, by field
 */
export function signalingSettings(
  entry: z.output<typeof signalingSchema>,
  read: ReadSecretFile,
  follow: FollowSecretFile,
  tell: (field: string, message: Problem['message']) => void,
): SignalingSettings {
  const {
    id,
    dialect,
    form,
    dataPlaneId,
    signalingUrl,
    callbackAddresses,
    labels,
    dataPlaneUrl,
    endpointType,
    strict,
  } = entry
  const textOf = (given: string | undefined, file: string | undefined, field: string): string => {
    const text = file === undefined ? given : read(file, field)
    if (text === '') tell(field, `the file ${file} is empty`)
    return text ?? ''
  }
  const secret = pathSecretOf(entry, 'secret', read, tell)
  const previousSecret = pathSecretOf(entry, 'previousSecret', read, tell)
  const management = managementOf(entry, textOf, follow)
  const registration = registrationOf(entry, textOf, follow)
  return hidingSecrets(
    {
      id,
      dialect,
      form,
      dataPlaneId,
      signalingUrl,
      callbackAddresses,
      profiles: profilesOf(entry),
      sourceTypes: entry.sourceTypes,
      labels,
      tokens: tokensOf(entry, textOf, follow),
      strict,
      ...(management === undefined ? {} : { management }),
      ...(registration === undefined ? {} : { registration }),
      ...(dataPlaneUrl === undefined ? {} : { dataPlaneUrl }),
      ...(secret === undefined ? {} : { secret }),
      ...(previousSecret === undefined ? {} : { previousSecret }),
      ...(endpointType === undefined ? {} : { endpointType }),
    } satisfies SignalingSettings,
    ['secret', 'previousSecret'],
  )
}

type Entry = z.output<typeof signalingSchema>

const usualProfiles: Readonly<Record<Entry['form'], Profile[]>> = {
  plain: [{ name: 'Compute-PULL' }, { name: 'Compute-PUSH' }],
  'json-ld': [{ name: 'HttpData-PULL' }, { name: 'HttpData-PUSH' }, { name: 'AmazonS3-PUSH' }],
}

/** EDC up to 0.13 takes every answer to a start in the form json-ld for one that has started. */
function profilesOf({ form, transferTypes = usualProfiles[form] }: Entry): readonly Profile[] {
  return form === 'plain' ? transferTypes : transferTypes.map(({ name }) => ({ name, start: 'sync' }))
}
type TextOf = (given: string | undefined, file: string | undefined, field: string) => string

function managementOf(
  { form, managementUrl, managementVersion, apiKey, apiKeyFile }: Entry,
  textOf: TextOf,
  follow: FollowSecretFile,
): SignalingSettings['management'] {
  if (managementUrl === undefined) return undefined
  const version = managementVersion ?? (form === 'plain' ? 'v4' : 'v3')
  const key = textOf(apiKey, apiKeyFile, 'apiKeyFile')
  const inFile = apiKeyFile === undefined ? {} : { apiKeyInFile: follow(apiKeyFile, key) }
  return hidingSecrets({ url: managementUrl, version, apiKey: key, ...inFile }, ['apiKey'])
}

function registrationOf(
  { form, register, registrationUrl, registrationInterval, managementUrl, signalingUrl, registeredTokens }: Entry,
  textOf: TextOf,
  follow: FollowSecretFile,
): SignalingSettings['registration'] {
  const byDefault =
    form === 'json-ld' ? `${signalingUrl}/v1` : managementUrl === undefined ? undefined : `${managementUrl}/v4`
  const url = registrationUrl ?? byDefault
  if (!register || url === undefined) return undefined
  const everyMs = parseDuration(registrationInterval) ?? 60_000
  if (registeredTokens === undefined) return { url, everyMs }
  const { tokenEndpoint, clientId, clientSecret, clientSecretFile, jwksUri } = registeredTokens
  const secret = textOf(clientSecret, clientSecretFile, 'registeredTokens.clientSecretFile')
  const authorization = hidingSecrets(
    {
      type: 'oauth2_client_credentials',
      tokenEndpoint,
      clientId,
      clientSecret: secret,
      ...(jwksUri === undefined ? {} : { jwksUri }),
    },
    ['clientSecret'],
  )
  const inFile = clientSecretFile === undefined ? {} : { clientSecretInFile: follow(clientSecretFile, secret) }
  return { url, everyMs, authorization, ...inFile }
}

function tokensOf({ tokens }: Entry, textOf: TextOf, follow: FollowSecretFile): SignalingTokens {
  if (tokens === undefined) return {}
  const { issuer, jwksUrl, audience, subject } = tokens
  const own = ownTokensOf(tokens, textOf, follow)
  const theirs =
    issuer === undefined || jwksUrl === undefined
      ? undefined
      : {
          issuer,
          jwksUrl,
          ...(audience === undefined ? {} : { audience }),
          ...(subject === undefined ? {} : { subject }),
        }
  return { ...(own === undefined ? {} : { own }), ...(theirs === undefined ? {} : { theirs }) }
}

function ownTokensOf(
  { tokenUrl, clientId, clientSecret: given, clientSecretFile: file, scope }: NonNullable<Entry['tokens']>,
  textOf: TextOf,
  follow: FollowSecretFile,
): SignalingTokens['own'] {
  if (tokenUrl === undefined || clientId === undefined) return undefined
  const clientSecret = textOf(given, file, 'tokens.clientSecretFile')
  return hidingSecrets(
    {
      tokenUrl,
      clientId,
      clientSecret,
      ...(file === undefined ? {} : { clientSecretInFile: follow(file, clientSecret) }),
      ...(scope === undefined ? {} : { scope }),
    },
    ['clientSecret'],
  )
}
