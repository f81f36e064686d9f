import type { Clock } from '../../core/ports/clock.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { EngineParts } from './parts.ts'

/** The object store's clock may be so far behind ours without being believed. Milliseconds. */
const toleratedMs = 60_000
/** When to look again at what only our own clock says is due. Milliseconds. */
const againMs = 60_000

/**
 * The time before anything is removed for its age: ours, or that of the object store's clock where it is well behind. What a clock
 * removes that jumped ahead does not come back; what is removed late does no harm.
 */
export async function cautiousNow({
  clock,
  objects,
}: {
  readonly clock: Clock
  readonly objects: Pick<ObjectStore, 'time'>
}): Promise<number> {
  const theirs = await objects.time()
  const ours = clock.now()
  return theirs === undefined || theirs >= ours - toleratedMs ? ours : theirs
}

/** When to look at something again that is due at `time`: not at once, where our clock says that it is due already. */
export function lookAgainAt({ clock }: EngineParts, time: number): number {
  const ours = clock.now()
  return time > ours ? time : ours + againMs
}
