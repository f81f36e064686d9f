import { actions } from '../../core/audit/actions.ts'
import { code, table } from './markdown.ts'

/** The table of actions of docs/audit.md. */
export function auditActions(): string {
  return table(
    ['Action', 'About', 'Meaning'],
    Object.entries(actions).map(([action, { object, meaning }]) => [code(action), object, meaning]),
  )
}
