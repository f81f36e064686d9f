import type { ShownConnector, ShownReport } from '../api/connectors.ts'
import type { Output } from '../context.ts'
import { formatAge } from './amount.ts'
import { clean, cleanLine } from './clean.ts'
import type { Style } from './style.ts'
import { table } from './table.ts'
import { wrap } from './wrap.ts'

/** Connectors, a line each, with how long ago something was heard of them. */
export function connectorTable(connectors: readonly ShownConnector[], now: number, out: Output): string {
  const age = (entry: { readonly at: string } | undefined): string =>
    entry === undefined ? '' : formatAge(now - Date.parse(entry.at))
  const columns = [
    { head: 'ID' },
    { head: 'MANAGEMENT API', shrinkTo: 20 },
    { head: 'PROVISION', align: 'right' as const },
    { head: 'EVENT', align: 'right' as const },
    { head: 'ANSWERED', align: 'right' as const },
    { head: 'FAILED', align: 'right' as const },
    { head: 'REFUSED', align: 'right' as const },
  ]
  const rows = connectors.map(({ id, managementUrl, signalingUrl, heard }) => [
    id,
    managementUrl ?? signalingUrl ?? '',
    age(heard.provision),
    age(heard.event),
    age(heard.answered),
    age(heard.failed),
    age(newest(heard.provisionRefused, heard.eventRefused)),
  ])
  return table(columns, rows, out)
}

function newest<T extends { readonly at: string }>(...entries: readonly (T | undefined)[]): T | undefined {
  return entries
    .filter((entry) => entry !== undefined)
    .toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at))
    .at(-1)
}

/** What a check found, what of it is wrong, and how to mend that. */
export function formatReport({ id, ok, checks, left }: ShownReport, out: Output): string {
  const { style } = out
  const rows = checks.map(({ name, outcome, seen }) => [name, outcome, seen])
  const columns = [{ head: 'CHECK' }, { head: 'OUTCOME', paint: paintOutcome }, { head: 'SEEN' }]
  const mendings = checks.flatMap(({ name, outcome, mend }) =>
    mend === undefined || outcome === 'ok' ? [] : [formatMending(name, outcome, mend, out)],
  )
  const remains = (left ?? []).map((text) => `${wrap(`Left in the connector: ${clean(text)}.`, out.width)}\n`)
  return [
    `${style.bold(id)}: ${ok ? 'no fault was found' : style.bad('something is wrong')}\n`,
    narrow(columns, rows, out),
    ...mendings,
    ...(remains.length === 0 ? [] : ['\n', ...remains]),
  ].join('')
}

/** A table whose last column is text: on a terminal it is wrapped and not cut. */
function narrow(columns: Parameters<typeof table>[0], rows: readonly (readonly string[])[], out: Output): string {
  const { width } = out
  const before = Math.max(0, ...rows.map(([name = '']) => name.length)) + 'unknown'.length + 4
  if (width === undefined || width - before < 30) return table(columns, rows, { width: undefined, style: out.style })
  const wrapped = rows.flatMap(([name = '', outcome = '', seen = '']) =>
    wrap(cleanLine(seen), width - before)
      .split('\n')
      .map((line, index) => (index === 0 ? [name, outcome, line] : ['', '', line])),
  )
  return table(columns, wrapped, out)
}

function paintOutcome(text: string, style: Style): string {
  switch (text) {
    case 'ok':
      return style.good(text)
    case 'failed':
      return style.bad(text)
    default:
      return style.warning(text)
  }
}

const places: Readonly<Record<string, string>> = {
  connector: 'the connector’s configuration',
  'connectors-file': 'the connectors file',
  settings: 'the service’s settings',
}

function formatMending(
  name: string,
  outcome: string,
  { hint, where, lines }: NonNullable<ShownReport['checks'][number]['mend']>,
  { width, style }: Output,
): string {
  const head = outcome === 'failed' ? 'to mend' : outcome === 'warning' ? 'to better' : 'to look at'
  return [
    `\n${style.bold(`${name}, ${head}:`)}\n`,
    `${wrap(clean(hint), width, '  ')}\n`,
    lines.length === 0 ? '' : `  ${style.dim(`in ${places[where] ?? where}:`)}\n`,
    ...lines.map((line) => `    ${cleanLine(line)}\n`),
  ].join('')
}
