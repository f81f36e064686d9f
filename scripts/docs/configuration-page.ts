import { z } from 'zod'
import { provisionerSchema } from '../../config/connectors.ts'
import { signalingSchema } from '../../config/signaling.ts'
import { connectorsExample } from './connectors-example.ts'
import { type DescribedSetting, describedSettings } from './described-settings.ts'
import { code, generatedNote, table } from './markdown.ts'

const connectorProperties = z.record(
  z.string(),
  z.looseObject({
    description: z.string(),
    default: z.json().optional(),
    enum: z.array(z.string()).optional(),
    type: z.string().optional(),
    items: z.unknown().optional(),
    format: z.string().optional(),
    pattern: z.string().optional(),
    const: z.string().optional(),
  }),
)

/** docs/configuration.md. */
export function configurationPage(): string {
  const settings = describedSettings()
  const groups = [...new Set(settings.map((setting) => setting.group))]
  return `${generatedNote('config/settings.ts and config/connectors.ts')}
# Configuration

The service reads its settings once, at start, from the environment and from a dotenv file named \`.env\` in the working
directory. The environment wins over the file. An empty value counts as not set.

- All mistakes are told at once, by name, and the service does not start.
- An unknown name that begins with \`DSC_\` is a mistake, too.
- A secret can be given as a file: \`NAME_FILE\` names it, and its text without surrounding white space is the value. Set one of the two.
- Outside of \`DSC_DEVELOPMENT\`, secrets that are well-known or made of known words are refused: [which and how](security.md#who-may-call).

[entrypoint.env.example](../config/entrypoint.env.example) holds every setting with its default, ready to copy.

${groups.map((group) => settingsSection(group, settings)).join('\n\n')}

## What must fit together

- \`DSC_DEVELOPMENT=true\` needs \`DSC_PUBLIC_HOST\` and \`DSC_ADMIN_HOST\` on loopback. Without it, \`DSC_TOKEN_KEY\` must be set.
- \`DSC_BACKEND=local\` needs \`DSC_DEVELOPMENT=true\`, or \`DSC_LOCAL_BEYOND_LOOPBACK=true\` where the listeners are not on loopback.
- \`DSC_BACKEND=kubernetes\` needs \`DSC_SIDECAR_IMAGE\` and \`DSC_OBJECT_STORE=s3\`: pods cannot reach a directory of this machine.
- \`DSC_OBJECT_STORE=s3\` needs \`S3_ENDPOINT\`, \`S3_ACCESS_KEY\` and \`S3_SECRET_KEY\`; with \`S3_STS=false\` also
  \`S3_UPLOAD_ACCESS_KEY\` and \`S3_UPLOAD_SECRET_KEY\`.
- \`DSC_ADMIN_HOST\` off loopback needs \`DSC_ADMIN_TOKEN\` or \`DSC_OIDC_ISSUER\`.
- \`DSC_OIDC_ISSUER\` and \`DSC_OIDC_AUDIENCE\` go together; the issuer has https, unless it is on loopback.
- \`DSC_TOKEN_KEY_PREVIOUS\` needs \`DSC_TOKEN_KEY\`.
- \`DSC_PUBLIC_HOST\` that means every interface (\`0.0.0.0\`, \`::\`) needs \`DSC_PUBLIC_URL\`.

## Connectors file

\`DSC_CONNECTORS_FILE\` names a YAML file with one list, \`connectors\`. Paths in it are relative to the file. It is read at start.

\`\`\`yaml
${connectorsExample().trimEnd()}
\`\`\`

### An HTTP provisioner

${connectorsTable(provisionerSchema)}

### Data Plane Signaling

An entry with \`dialect: data-plane-signaling\` makes this service a data plane of the connector.

${connectorsTable(signalingSchema)}
`
}

function settingsSection(group: string, settings: readonly DescribedSetting[]): string {
  const rows = settings
    .filter((setting) => setting.group === group)
    .map(({ name, byDefault, takes, secret, description }) => [
      `${code(name)}${secret ? '<br>secret' : ''}`,
      byDefault === undefined ? '' : code(byDefault),
      takes,
      description,
    ])
  return `## ${group}\n\n${table(['Setting', 'Default', 'Takes', 'Meaning'], rows)}`
}

function connectorsTable(schema: z.ZodType): string {
  const { properties, required = [] } = z.toJSONSchema(schema, { io: 'input' })
  const rows = Object.entries(connectorProperties.parse(properties)).map(([name, property]) => [
    code(name),
    required.includes(name)
      ? 'yes'
      : needed(name, 'managementUrl' in (properties ?? {}) && !required.includes('managementUrl')),
    defaultOf(property.default),
    valueOf(property),
    property.description,
  ])
  return table(['Field', 'Needed', 'Default', 'Takes', 'Meaning'], rows)
}

/** Conditions that the schema states as refinements. */
function needed(name: string, managementIsOptional: boolean): string {
  if (name === 'secret' || name === 'secretFile')
    return managementIsOptional
      ? 'one of the two or tokens, unless in development'
      : 'one of the two, unless in development'
  if (name !== 'apiKey' && name !== 'apiKeyFile') return 'no'
  return managementIsOptional ? 'one of the two, with managementUrl' : 'one of the two'
}

function defaultOf(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return ''
  const plain = Array.isArray(value) ? value.map((one: unknown) => nameIn(one)).join(', ') : nameIn(value)
  return code(plain)
}

/** A text as it is, and of an object its name. */
function nameIn(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'name' in value) return String(value.name)
  return String(value)
}

function valueOf(property: {
  format?: string | undefined
  pattern?: string | undefined
  const?: string | undefined
  enum?: readonly string[] | undefined
  type?: string | undefined
}): string {
  if (property.enum !== undefined) return property.enum.map(code).join(', ')
  if (property.type === 'array') return 'list'
  if (property.type === 'boolean') return '`true`, `false`'
  if (property.type === 'object') return 'object'
  if (property.const !== undefined) return code(property.const)
  if (property.format === 'uri') return 'http or https address'
  return property.pattern === undefined ? 'text' : code(property.pattern)
}
