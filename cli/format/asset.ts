import { formatDuration } from '../../core/asset/duration.ts'
import { type ComputeAsset, computeAssetSchema } from '../../core/asset/schema.ts'
import type { AssetDetails, AssetVersion } from '../api/assets.ts'
import type { Output } from '../context.ts'
import { count, formatAge, formatBytes, formatTime } from './amount.ts'
import { clean } from './clean.ts'
import { type Field, fields, heading } from './fields.ts'
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
  const about: readonly Field[] = [
    ['asset', `${details.id} ${details.version}`],
    ['offered', details.enabled ? 'yes' : 'no'],
    ['registered', formatTime(details.registeredAt, now)],
    ['versions', versions.map(({ version }) => version).join(', ')],
  ]
  const parsed = computeAssetSchema.safeParse(details.document)
  // A service of another version may know other fields: then the document is shown as it is.
  const document = parsed.success
    ? fields([...about, ...documentFields(parsed.data)], out.style) + documentParts(parsed.data, out)
    : fields(about, out.style) + part('Document', indented(JSON.stringify(details.document, undefined, 2)), out)
  const files = details.bundled.map(({ name, size, sha256 }) => [name, formatBytes(size), sha256])
  const columns = [{ head: 'NAME' }, { head: 'SIZE', align: 'right' as const }, { head: 'SHA-256', shrinkTo: 12 }]
  return [
    document,
    part('Bundled files', table(columns, files, out), out),
    part('Dotenv file', details.dotenv === null ? '' : indented(details.dotenv), out),
  ].join('')
}

function documentFields({ metadata, worker, resources, limits, retention }: ComputeAsset): readonly Field[] {
  const gpu = resources.gpu === undefined ? '' : `, ${resources.gpu.count} × ${resources.gpu.resource}`
  const environment = Object.entries(worker.env).map(([name, value]) => `${name}=${value}`)
  const times = `worker ${formatDuration(limits.timeout)}, start ${formatDuration(limits.startTimeout)}`
  const counts = `${count(limits.retries, 'retry', 'retries')}, ${count(limits.concurrentJobs, 'job')} at once, ${limits.jobsPerAgreement} per agreement`
  return [
    ['title', metadata.title],
    ['keywords', metadata.keywords.join(', ')],
    ['image', worker.image],
    ['command', worker.command?.join(' ')],
    ['local command', worker.local?.command.join(' ')],
    ['environment', environment.join(' ')],
    ['secrets', worker.secrets.join(', ')],
    ['resources', `cpu ${resources.cpu}, memory ${resources.memory}, storage ${resources.ephemeralStorage}${gpu}`],
    ['limits', `${times}, ${counts}, outputs ${formatBytes(limits.outputBytes)}`],
    ['kept for', formatDuration(retention)],
  ]
}

function documentParts(asset: ComputeAsset, out: Output): string {
  const { description } = asset.metadata
  const text = description === '' ? '' : `\n${wrap(clean(description), out.width)}\n`
  return text + parametersPart(asset, out) + inputsPart(asset, out) + outputsPart(asset, out)
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

function indented(text: string): string {
  return `${clean(text)
    .trimEnd()
    .replaceAll(/^(?=.)/gm, '  ')}\n`
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)
}
