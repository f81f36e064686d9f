import type { AttemptRef } from '../../core/job/names.ts'
import { logKey } from '../../core/job/names.ts'
import { type Container, containers } from '../../core/ports/backend.ts'
import type { EngineParts } from './parts.ts'

/** Most bytes of one container's log that are kept: the end of it. */
export const maximumLogBytes = 1024 * 1024
/** How many of the last lines go into a failure, and how many characters of each. */
const lastLines = 20
const longestLine = 1000

/** How often in a row a step may fail before a log that cannot be kept is given up: with the engine's pauses, about two minutes. */
const patience = 8

/**
 * Keeps the log of every container in the object store, before the backend forgets it. A log that cannot be had (its node is
 * gone) must not keep a job from its end: after some failures in a row it is given up.
 * @param failures how often this step failed in a row
 * @returns the last lines of the log of one of them
 */
export async function keepLogs(
  parts: EngineParts,
  ref: AttemptRef,
  explaining: Container,
  failures: number,
): Promise<readonly string[]> {
  const texts = await Promise.all(
    containers.map(async (container) => {
      try {
        const text = await parts.backend.log(ref, container, maximumLogBytes)
        if (text !== undefined) await parts.objects.put(logKey(ref, container), text, 'text/plain; charset=utf-8')
        return { container, text: text ?? '' }
      } catch (error) {
        if (failures < patience) throw error
        parts.logger.error('a log was given up', { jobId: ref.jobId, attempt: ref.attempt, container, error })
        return { container, text: '' }
      }
    }),
  )
  const text = texts.find((log) => log.container === explaining)?.text ?? ''
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.slice(-lastLines).map((line) => line.slice(0, longestLine))
}
