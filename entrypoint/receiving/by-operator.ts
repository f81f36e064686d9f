import type { Author } from '../../core/audit/entry.ts'
import { ServiceError } from '../../core/errors.ts'
import type { Reception } from '../../core/reception/reception.ts'
import type { ReceptionEvent } from '../../core/reception/transition.ts'
import { Stale } from '../engine/apply.ts'
import { changeReception } from './change.ts'
import type { ReceivingParts } from './parts.ts'
import { removeFiles } from './remove-files.ts'

/**
 * An operator wants the data fetched, or what was pushed verified, again.
 * @throws ServiceError `reception-unknown`, `reception-not-fetchable`
 */
export function fetchAgain(parts: ReceivingParts, id: string, by: Author): Promise<Reception> {
  return ordered(parts, id, { type: 'again' }, by, 'reception-not-fetchable')
}

/**
 * An operator wants the files gone, whatever their retention.
 * @returns whether they are; where not, the object store refused, and it is tried again by itself
 * @throws ServiceError `reception-unknown`, `reception-live`
 */
export async function removeByOperator(
  parts: ReceivingParts,
  id: string,
  by: Author,
): Promise<{ readonly reception: Reception; readonly gone: boolean }> {
  const before = await ordered(parts, id, { type: 'removal-ordered' }, by, 'reception-live')
  if (before.state === 'removed') return { reception: before, gone: true }
  try {
    const found = await parts.store.reception(id)
    if (found !== undefined && found.value.state !== 'removed') await removeFiles(parts, found)
  } catch (error) {
    // The engine is at it, too, or will be.
    if (!(error instanceof Stale))
      parts.logger.warn('received files could not be removed yet', { receptionId: id, error })
  }
  const reception = (await parts.store.reception(id))?.value ?? before
  return { reception, gone: reception.state === 'removed' }
}

async function ordered(
  parts: ReceivingParts,
  id: string,
  event: ReceptionEvent,
  by: Author,
  impossible: 'reception-live' | 'reception-not-fetchable',
): Promise<Reception> {
  const after = await changeReception(parts, id, event, by)
  if (after === undefined) throw new ServiceError('reception-unknown', `There is no reception ${JSON.stringify(id)}.`)
  if ('kind' in after) throw new ServiceError(impossible, `The reception is ${after.from}.`)
  return after
}
