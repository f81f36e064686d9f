import type { ShownReception, ShownReceptionState } from '../api/receptions.ts'
import type { Output } from '../context.ts'
import { formatAge, formatBytes, formatTime } from './amount.ts'
import { clean } from './clean.ts'
import { fields, heading } from './fields.ts'
import type { Style } from './style.ts'
import { table } from './table.ts'
import { wrap } from './wrap.ts'

function paintState(text: string, style: Style): string {
  const state = text as ShownReceptionState // oxlint-disable-line typescript/no-unsafe-type-assertion -- only for a colour
  switch (state) {
    case 'received':
      return style.good(text)
    case 'failed':
      return style.bad(text)
    case 'removed':
      return style.dim(text)
    case 'awaited':
    case 'fetching':
    case 'verifying':
    default:
      return text
  }
}

/** Receptions, a line each. */
export function receptionTable(receptions: readonly ShownReception[], now: number, out: Output): string {
  return table(
    [
      { head: 'ID' },
      { head: 'STATE', paint: paintState },
      { head: 'MODE' },
      { head: 'FLOW' },
      { head: 'ASSET', shrinkTo: 8 },
      { head: 'PROVIDER', shrinkTo: 8 },
      { head: 'SIZE', align: 'right' },
      { head: 'AGE', align: 'right' },
      { head: 'CAUSE', shrinkTo: 8 },
    ],
    receptions.map((one) => [
      one.id,
      one.state,
      one.mode,
      one.flow,
      one.assetId,
      one.providerId ?? '',
      one.content === null ? '' : formatBytes(one.content.totalBytes),
      formatAge(now - Date.parse(one.createdAt)),
      one.failure?.cause ?? '',
    ]),
    out,
  )
}

/** One reception with everything that is known of it. */
export function formatReception(one: ShownReception, now: number, out: Output): string {
  const { style } = out
  const { failure, content } = one
  const since = (time: string | null): string | undefined => (time === null ? undefined : formatTime(time, now))
  const head = fields(
    [
      ['reception', one.id],
      ['state', `${paintState(one.state, style)} since ${formatTime(one.since, now)}`],
      ['waits for', one.waitsFor ?? undefined],
      ['trouble', one.troubleSince === null ? undefined : `since ${formatTime(one.troubleSince, now)}`],
      ['flow', one.reason === null ? one.flow : `${one.flow}: ${one.reason}`],
      ['mode', one.destination === null ? one.mode : `${one.mode} to ${one.destination}`],
      ['asset', one.assetId],
      ['provider', one.providerId ?? undefined],
      ['agreement', one.agreementId],
      ['connector', one.connectorId],
      ['process', one.processId],
      ['profile', one.profile],
      ['parameters', one.parameters ?? undefined],
      ['source', one.source ?? undefined],
      ['created', formatTime(one.createdAt, now)],
      ['goes', since(one.removeAt)],
      ['removed', since(one.removedAt)],
    ],
    style,
  )
  return [
    head,
    failure === null ? '' : heading('Failure', style) + failurePart(failure, out),
    content === null ? '' : heading('Content', style) + contentPart(content, out),
  ].join('')
}

function failurePart({ cause, title, message, hint }: NonNullable<ShownReception['failure']>, out: Output): string {
  const about = fields([['cause', `${cause}: ${title}`]], out.style)
  return `${about}${wrap(clean(message), out.width)}\n${wrap(`${out.style.bold('hint:')} ${clean(hint)}`, out.width)}\n`
}

function contentPart({ files, totalBytes, verifiedBy }: NonNullable<ShownReception['content']>, out: Output): string {
  const about = fields(
    [
      ['size', formatBytes(totalBytes)],
      ['verified by', verifiedBy],
    ],
    out.style,
  )
  const columns = [
    { head: 'PATH', shrinkTo: 20 },
    { head: 'SIZE', align: 'right' as const },
    { head: 'SHA-256', shrinkTo: 12 },
  ]
  const rows = files.map(({ path, size, sha256 }) => [path, formatBytes(size), sha256])
  return about + table(columns, rows, out)
}
