import { receptionCauses } from '../../core/reception/causes.ts'
import { code, table } from './markdown.ts'

/** The table of causes of docs/receiving.md. */
export function receptionCauseTable(): string {
  const rows = Object.entries(receptionCauses).map(([name, { title, hint }]) => [code(name), title, hint])
  return table(['Cause', 'What happened', 'What to do'], rows)
}
