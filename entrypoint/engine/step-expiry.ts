import { filesPrefix, manifestKey } from '../../core/job/names.ts'
import type { EngineParts } from './parts.ts'

/**
 * Removes a result whose time has come. Its logs stay.
 * @returns when to look again (milliseconds since 1970), or `undefined` where it is gone
 */
export async function stepExpiry(parts: EngineParts, jobId: string): Promise<number | undefined> {
  const result = await parts.store.result(jobId)
  if (result?.expiresAt === undefined || result.removedAt !== undefined) return undefined
  const now = parts.clock.now()
  if (now < result.expiresAt) return result.expiresAt
  const ref = { jobId, attempt: result.attempt }
  await parts.objects.removeAll(filesPrefix(ref))
  await parts.objects.removeAll(manifestKey(ref))
  await parts.store.markResult(jobId, { removedAt: now })
  parts.logger.info('result removed', { jobId, transferId: result.transferId })
  return undefined
}
