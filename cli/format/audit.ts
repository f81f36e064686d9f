import type { ShownEntry, ShownLogReport } from '../api/audit.ts'
import type { Output } from '../context.ts'
import { count } from './amount.ts'
import type { Style } from './style.ts'
import { table } from './table.ts'

/** Entries of the audit log, a line each. */
export function auditTable(entries: readonly ShownEntry[], out: Output): string {
  const columns = [
    { head: 'NUMBER', align: 'right' as const },
    { head: 'TIME' },
    { head: 'ACTION' },
    { head: 'OUTCOME', paint: paintOutcome },
    { head: 'WHO', shrinkTo: 12 },
    { head: 'WHAT', shrinkTo: 16 },
    { head: 'DETAIL', shrinkTo: 10 },
  ]
  const rows = entries.map(({ sequence, at, action, outcome, actor, object, detail }) => [
    String(sequence),
    at,
    action,
    outcome,
    [actor.kind, actor.name ?? actor.id].filter(Boolean).join(' '),
    `${object.kind} ${object.id}`,
    detailText(detail ?? {}),
  ])
  return table(columns, rows, out)
}

function detailText(detail: Readonly<Record<string, unknown>>): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ')
}

function paintOutcome(text: string, style: Style): string {
  return text === 'done' ? text : style.warning(text)
}

/** What a check of the log found, in a few lines. */
export function logReport(
  { intact, entries, anchors, pruned, head, problem }: ShownLogReport,
  { style }: Output,
): string {
  const checked = `${count(entries, 'entry', 'entries')} checked, ${count(anchors, 'anchor')} compared`
  const since = pruned.sequence === 0 ? '' : `Entries up to ${pruned.sequence} were removed by the log’s retention.\n`
  const said = intact
    ? `${style.good('The audit log is intact')}: ${checked}.\n`
    : `${style.bad('The audit log was changed')}: ${problem?.message ?? 'something is wrong'}.\n`
  return `${said}${since}It ends with entry ${head.sequence}, hash ${head.hash}\n`
}
