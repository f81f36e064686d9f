import type { Author } from '../../core/audit/entry.ts'
import type { Erasure } from '../../core/audit/of-result.ts'
import { ServiceError } from '../../core/errors.ts'
import type { Versioned, WorkItem } from '../../core/ports/store.ts'
import { nextTask } from '../../core/reception/due.ts'
import type { Reception } from '../../core/reception/reception.ts'
import { type ReceptionEvent, transition } from '../../core/reception/transition.ts'
import { isTransitionError, type TransitionError } from '../../core/transition-error.ts'
import { Stale } from '../engine/apply.ts'
import type { ReceivingParts } from './parts.ts'

/** In whose name a change is made, and what goes with it. */
export interface ChangeContext {
  readonly holder?: WorkItem
  readonly by?: Author
  readonly erased?: Erasure
}

/** How often a change is tried again that somebody else's came before. */
const mostTries = 10

/**
 * Applies an event to a reception as it was read, and writes it. What is due of it then is due in the same transaction.
 * @returns the reception after it; `stale` where somebody else changed it meanwhile; an error where the event cannot be now
 */
async function applyEvent(
  { store, clock, rules }: ReceivingParts,
  { value, revision }: Versioned<Reception>,
  event: ReceptionEvent,
  context: ChangeContext = {},
): Promise<Versioned<Reception> | TransitionError | 'stale'> {
  const now = clock.now()
  const after = transition(value, event, now)
  if (isTransitionError(after)) return after
  if (after === value) return { value, revision }
  const task = nextTask(after, now, rules.historyMs)
  const outcome = await store.saveReception({
    ...context,
    reception: { value: after, revision },
    // Whoever holds the item says himself when it is due again.
    ...(task === undefined || context.holder !== undefined
      ? {}
      : { wake: [{ kind: 'reception' as const, key: after.id, dueAt: task.at }] }),
  })
  return outcome === 'stale' ? 'stale' : { value: after, revision: revision + 1 }
}

/**
 * The same for a step, to which nothing else may happen.
 * @returns the reception after it
 * @throws Stale where somebody else changed it meanwhile: it is simply looked at again
 */
export async function commitEvent(
  parts: ReceivingParts,
  found: Versioned<Reception>,
  event: ReceptionEvent,
  context: ChangeContext,
): Promise<Versioned<Reception>> {
  const after = await applyEvent(parts, found, event, context)
  if (after === 'stale') throw new Stale('somebody else changed the reception meanwhile')
  if ('kind' in after) throw new Error(`a reception cannot go from ${after.from} by ${after.event}`)
  return after
}

/**
 * The same for somebody who only knows the id: it is read, and read again where somebody else was quicker.
 * @returns the reception after it, an error where the event cannot be now, `undefined` where there is no such reception
 * @throws ServiceError `changed-meanwhile` where it changed again and again
 */
export async function changeReception(
  parts: ReceivingParts,
  id: string,
  event: ReceptionEvent,
  by: Author,
): Promise<Reception | TransitionError | undefined> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const found = await parts.store.reception(id)
    if (found === undefined) return undefined
    const after = await applyEvent(parts, found, event, { by })
    if (after === 'stale') continue
    if ('kind' in after) return after
    if (after.revision !== found.revision) parts.changed()
    return after.value
  }
  throw new ServiceError('changed-meanwhile', 'The reception changed again and again in the same moment.')
}
