import { formatDuration } from '../../core/asset/duration.ts'
import { type ComputeAsset, computeAssetSchema } from '../../core/asset/schema.ts'
import type { AssetDetails, AssetVersion } from '../api/assets.ts'
import type { Output } from '../context.ts'
import { count, formatAge, formatBytes, formatTime } from './amount.ts'
import { clean } from './clean.ts'
import { fields, heading } from './fields.ts'
import { table } from './table.ts'
import { wrap } from './wrap.ts'

/** Registered versions, a line each. */
export function assetTable(assets: readonly AssetVersion[], now: number, out: Output): string {
  return table(
    [
      { head: 'ID', shrinkTo: 12 },
      { head: 'VERSION', shrinkTo: 8 },
      { head: 'OFFERED', paint: (text, style) => (text === 'yes' ? style.good(text) : style.warning(text)) },
      { head: 'AGE', align: 'right' },
      { head: 'FILES', align: 'right' },
      { head: 'SIZE', align: 'right' },
    ],
    assets.map(({ id, version, enabled, registeredAt, bundled }) => [
      id,
      version,
      enabled ? 'yes' : 'no',
      formatAge(now - Date.parse(registeredAt)),
      String(bundled.length),
      formatBytes(bundled.reduce((sum, { size }) => sum + size, 0)),
    ]),
    out,
  )
}

/** One version of an asset with everything it says. */
export function formatAsset(
  details: AssetDetails,
  versions: readonly AssetVersion[],
  now: number,
  out: Output,
): string {
  const { style } = out
  const parsed = computeAssetSchema.safeParse(details.document)
  const head = fields(
    [
      ['asset', `${details.id} ${details.version}`],
      ['offered', details.enabled ? 'yes' : 'no'],
      ['registered', formatTime(details.registeredAt, now)],
      ['versions', versions.map(({ version }) => version).join(', ')],
    ],
    style,
  )
  const files = details.bundled.map(({ name, size, sha256 }) => [name, formatBytes(size), sha256])
  const bundled = part(
    'Bundled files',
    table([{ head: 'NAME' }, { head: 'SIZE', align: 'right' }, { head: 'SHA-256', shrinkTo: 12 }], files, out),
    out,
  )
  const dotenv = part(
    'Dotenv file',
    details.dotenv === null ? '' : `${indented(clean(details.dotenv).trimEnd())}\n`,
    out,
  )
  // A service of another version may know other fields: then the document is shown as it is.
  if (!parsed.success)
    return (
      head +
      part('Document', `${indented(clean(JSON.stringify(details.document, undefined, 2)))}\n`, out) +
      bundled +
      dotenv
    )
  return head + formatDocument(parsed.data, out) + bundled + dotenv
}

function formatDocument(asset: ComputeAsset, out: Output): string {
  const { metadata, worker, resources, limits } = asset
  const about = fields(
    [
      ['title', metadata.title],
      ['keywords', metadata.keywords.join(', ')],
      ['image', worker.image],
      ['command', worker.command?.join(' ')],
      ['local command', worker.local?.command.join(' ')],
      [
        'environment',
        Object.entries(worker.env)
          .map(([name, value]) => `${name}=${value}`)
          .join(' '),
      ],
      ['secrets', worker.secrets.join(', ')],
      [
        'resources',
        `cpu ${resources.cpu}, memory ${resources.memory}, storage ${resources.ephemeralStorage}${resources.gpu === undefined ? '' : `, ${resources.gpu.count} × ${resources.gpu.resource}`}`,
      ],
      [
        'limits',
        `worker ${formatDuration(limits.timeout)}, start ${formatDuration(limits.startTimeout)}, ${count(limits.retries, 'retry', 'retries')}, ${count(limits.concurrentJobs, 'job')} at once, ${limits.jobsPerAgreement} per agreement, outputs ${formatBytes(limits.outputBytes)}`,
      ],
      ['kept for', formatDuration(asset.retention)],
    ],
    out.style,
  )
  const description = metadata.description === '' ? '' : `\n${wrap(clean(metadata.description), out.width)}\n`
  return about + description + parametersPart(asset, out) + inputsPart(asset, out) + outputsPart(asset, out)
}

function parametersPart({ parameters }: ComputeAsset, out: Output): string {
  const properties = Object.entries(record(parameters['properties']))
  const required = parameters['required']
  const rows = properties.map(([name, schema]) => {
    const { type, description, default: byDefault } = record(schema)
    const needed = Array.isArray(required) && required.includes(name)
    return [
      name,
      asText(type),
      needed ? 'yes' : 'no',
      byDefault === undefined ? '' : JSON.stringify(byDefault),
      asText(description),
    ]
  })
  const columns = [
    { head: 'NAME' },
    { head: 'TYPE' },
    { head: 'NEEDED' },
    { head: 'DEFAULT', shrinkTo: 7 },
    { head: 'MEANING', shrinkTo: 20 },
  ]
  return part('Parameters', table(columns, rows, out), out)
}

function inputsPart({ inputs }: ComputeAsset, out: Output): string {
  const rows = inputs.map(({ name, kind, from }) => [name, kind, sourceOf(from)])
  return part('Inputs', table([{ head: 'NAME' }, { head: 'KIND' }, { head: 'FROM', shrinkTo: 20 }], rows, out), out)
}

function sourceOf(from: ComputeAsset['inputs'][number]['from']): string {
  if ('url' in from) return from.url
  if ('s3' in from) return `s3://${from.s3.bucket}/${from.s3.key}`
  return 'bundled' in from ? `bundled ${from.bundled}` : 'upload'
}

function outputsPart({ outputs }: ComputeAsset, out: Output): string {
  const rows = outputs.map(({ name, kind, required, mediaType }) => [
    name,
    kind,
    required ? 'yes' : 'no',
    mediaType ?? '',
  ])
  return part(
    'Outputs',
    table([{ head: 'NAME' }, { head: 'KIND' }, { head: 'REQUIRED' }, { head: 'MEDIA TYPE' }], rows, out),
    out,
  )
}

function part(title: string, body: string, { style }: Output): string {
  return body === '' ? '' : heading(title, style) + body
}

function indented(body: string): string {
  return body.replaceAll(/^/gm, '  ')
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)
}
