import type { AttemptRef } from '../../core/job/names.ts'
import { logKey } from '../../core/job/names.ts'
import { type Container, containers } from '../../core/ports/backend.ts'
import type { EngineParts } from './parts.ts'

/** Most bytes of one container's log that are kept: the end of it. */
export const maximumLogBytes = 1024 * 1024
/** How many of the last lines go into a failure, and how many characters of each. */
const lastLines = 20
const longestLine = 1000

/**
 * Keeps the log of every container in the object store, before the backend forgets it.
 * @returns the last lines of the log of one of them
 */
export async function keepLogs(parts: EngineParts, ref: AttemptRef, explaining: Container): Promise<readonly string[]> {
  const texts = await Promise.all(
    containers.map(async (container) => {
      const text = await parts.backend.log(ref, container, maximumLogBytes)
      if (text !== undefined) await parts.objects.put(logKey(ref, container), text, 'text/plain; charset=utf-8')
      return { container, text: text ?? '' }
    }),
  )
  const text = texts.find((log) => log.container === explaining)?.text ?? ''
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.slice(-lastLines).map((line) => line.slice(0, longestLine))
}
