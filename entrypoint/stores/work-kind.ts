import type { WorkKind } from '../../core/ports/store.ts'

const kinds: readonly WorkKind[] = ['job', 'transfer', 'callback', 'expire']

/** A kind of work as a row has it. Fails where it is unknown: a newer release wrote it. */
export function kindOf(value: unknown): WorkKind {
  const kind = kinds.find((known) => known === value)
  if (kind === undefined) throw new Error(`the store holds work of an unknown kind: ${String(value)}`)
  return kind
}
