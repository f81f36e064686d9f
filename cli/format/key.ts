import type { ShownKey } from '../api/keys.ts'
import type { Output } from '../context.ts'
import { formatAge, formatSpan } from './amount.ts'
import { table } from './table.ts'

/** API keys, a line each. */
export function keyTable(keys: readonly ShownKey[], now: number, out: Output): string {
  const columns = [
    { head: 'ID' },
    { head: 'NAME', shrinkTo: 10 },
    { head: 'ROLE' },
    { head: 'STATE', paint: (text: string) => (text === 'valid' ? out.style.good(text) : out.style.dim(text)) },
    { head: 'EXPIRES', align: 'right' as const },
    { head: 'USED', align: 'right' as const },
  ]
  const rows = keys.map(({ id, name, role, state, expiresAt, lastUsedAt }) => [
    id,
    name,
    role,
    state,
    state === 'valid' ? `in ${formatSpan(Date.parse(expiresAt) - now)}` : '',
    lastUsedAt === null ? 'never' : formatAge(now - Date.parse(lastUsedAt)),
  ])
  return table(columns, rows, out)
}
