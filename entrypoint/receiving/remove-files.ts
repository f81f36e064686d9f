import { crash } from '../../core/crash-point.ts'
import type { Versioned, WorkItem } from '../../core/ports/store.ts'
import { receptionPrefix } from '../../core/reception/names.ts'
import type { Reception } from '../../core/reception/reception.ts'
import { commitEvent } from './change.ts'
import type { ReceivingParts } from './parts.ts'

/**
 * Removes everything of a reception from the object store, looks whether anything is left, and only then says that it is gone. It may be
 * repeated, and done by two at once.
 * @throws Stale where somebody else changed the reception meanwhile
 */
export async function removeFiles(
  parts: ReceivingParts,
  found: Versioned<Reception>,
  holder?: WorkItem,
): Promise<void> {
  const { id, destination } = found.value
  const prefix = receptionPrefix(id)
  // First, so that nothing comes after it.
  if (destination === 's3') await parts.objects.withdraw?.({ writePrefix: prefix })
  const erased = await parts.objects.erase(prefix)
  if (erased.left > 0) throw new Error(`the object store still has ${erased.left} objects or uploads below ${prefix}`)
  crash('reception-erased')
  await commitEvent(parts, found, { type: 'removed' }, { erased, ...(holder === undefined ? {} : { holder }) })
  parts.logger.info('reception removed', { receptionId: id, objects: erased.objects, bytes: erased.bytes })
}
