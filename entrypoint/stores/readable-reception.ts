import type { Versioned } from '../../core/ports/store.ts'
import type { Reception, ReceptionFlow, ReceptionState } from '../../core/reception/reception.ts'
import type { Row } from './rows.ts'

/** Records, so that the compiler tells when a state is missing. */
const states: Readonly<Record<ReceptionState, true>> = {
  awaited: true,
  fetching: true,
  verifying: true,
  received: true,
  failed: true,
  removed: true,
}
const flows: Readonly<Record<ReceptionFlow, true>> = {
  prepared: true,
  started: true,
  suspended: true,
  completed: true,
  terminated: true,
}

/**
 * A reception with its revision.
 * @throws Error where the row holds no reception as this release knows them
 */
export function receptionOf(row: Row): Versioned<Reception> {
  const value: unknown = JSON.parse(String(row['body']))
  if (!isReadable(value)) throw new Error(`the store holds a reception that cannot be read: ${String(row['id'])}`)
  return { value, revision: Number(row['revision']) }
}

/** What is wrong with one row concerns its own reception only; the rest of it was written by the statements beside this file. */
function isReadable(value: unknown): value is Reception {
  if (typeof value !== 'object' || value === null || !('state' in value) || !('flow' in value)) return false
  const { state, flow } = value
  return (
    typeof state === 'string' && Object.hasOwn(states, state) && typeof flow === 'string' && Object.hasOwn(flows, flow)
  )
}
