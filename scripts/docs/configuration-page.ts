import { z } from 'zod'
import { connectorSchema } from '../../config/connectors.ts'
import { connectorsExample } from './connectors-example.ts'
import { type DescribedSetting, describedSettings } from './described-settings.ts'
import { code, generatedNote, table } from './markdown.ts'

const connectorProperties = z.record(
  z.string(),
  z.looseObject({
    description: z.string(),
    default: z.string().optional(),
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

${connectorsTable()}
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

function connectorsTable(): string {
  const { properties, required = [] } = z.toJSONSchema(connectorSchema, { io: 'input' })
  const rows = Object.entries(connectorProperties.parse(properties)).map(([name, property]) => [
    code(name),
    required.includes(name) ? 'yes' : needed(name),
    property.default === undefined ? '' : code(property.default),
    valueOf(property),
    property.description,
  ])
  return table(['Field', 'Needed', 'Default', 'Takes', 'Meaning'], rows)
}

/** Conditions that the schema states as refinements. */
function needed(name: string): string {
  if (name === 'secret' || name === 'secretFile') return 'one of the two, unless in development'
  return name === 'apiKey' || name === 'apiKeyFile' ? 'one of the two' : 'no'
}

function valueOf(property: {
  format?: string | undefined
  pattern?: string | undefined
  const?: string | undefined
}): string {
  if (property.const !== undefined) return code(property.const)
  if (property.format === 'uri') return 'http or https address'
  return property.pattern === undefined ? 'text' : code(property.pattern)
}
