import type { WorkKind } from '../../core/ports/store.ts'

const kinds: readonly WorkKind[] = ['job', 'transfer', 'callback', 'expire', 'deliver', 'reception']

/**
 * A kind of work as a row has it; `undefined` where it is unknown: a newer release wrote it, or somebody's hand. Such work stays where it is
 * and keeps no other back.
 */
export function kindOf(value: unknown): WorkKind | undefined {
  return kinds.find((known) => known === value)
}

/** Expiries due so shortly after the present may be looks that were put off, and no times of their own. Milliseconds. */
export const putOffMs = 120_000

/** How far apart much that is woken at once becomes due, so that what is urgent has its turn in between. Milliseconds. */
export const apartMs = 20
