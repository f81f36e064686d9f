import type { AttemptRef } from '../../core/job/names.ts'
import { logKey } from '../../core/job/names.ts'
import { type Container, containers } from '../../core/ports/backend.ts'
import type { EngineParts } from './parts.ts'

/** Most bytes of one container's log that are kept: the end of it. */
export const maximumLogBytes = 1024 * 1024
/** How many of the last lines go into a failure, and how many characters of each. */
const lastLines = 20
const longestLine = 1000

/** How often in a row a step may fail before a log that the backend cannot give is given up: with the engine's pauses, a minute. */
const logPatience = 8
/** The same for a log that the object store does not take: its restart must not cost the logs. About half an hour. */
const storePatience = 35

const plainText = 'text/plain; charset=utf-8'

/** Where it stands how many bytes of a kept log were left out; nothing is there for a log that was kept whole. */
export function logStartKey(ref: AttemptRef, container: Container): string {
  return `${logKey(ref, container)}.start`
}

/** What the logs of an attempt tell. */
export interface KeptLogs {
  /** The last lines of the log that was asked for. */
  readonly lastLines: readonly string[]
  /** What the sidecar fetched of inputs, in bytes. */
  readonly fetchedBytes?: number
}

/**
 * Keeps the log of every container in the object store, before the backend forgets it. A log that cannot be had (its node is
 * gone) or kept must not hold a job back from its end for ever: after some failures in a row it is given up.
 * @param failures how often this step failed in a row
 * @returns what they tell
 */
export async function keepLogs(
  parts: EngineParts,
  ref: AttemptRef,
  explaining: Container,
  failures: number,
): Promise<KeptLogs> {
  const texts = await Promise.all(
    containers.map(async (container) => {
      const giveUp = (error: unknown): void => parts.logger.error('a log was given up', { ...ref, container, error })
      const part = await orElse(failures >= logPatience, giveUp, () =>
        parts.backend.log(ref, container, maximumLogBytes),
      )
      if (part !== undefined) {
        const { start, bytes } = part
        await orElse(failures >= storePatience, giveUp, async () => {
          if (start > 0) await parts.objects.put(logStartKey(ref, container), String(start), plainText)
          await parts.objects.put(logKey(ref, container), bytes, plainText)
        })
      }
      return { container, text: part === undefined ? '' : Buffer.from(part.bytes).toString('utf8') }
    }),
  )
  const text = texts.find((log) => log.container === explaining)?.text ?? ''
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const fetched = fetchedBytes(texts.find((log) => log.container === 'fetch')?.text ?? '')
  return {
    lastLines: lines.slice(-lastLines).map((line) => line.slice(0, longestLine)),
    ...(fetched === undefined ? {} : { fetchedBytes: fetched }),
  }
}

/** What the sidecar's own log says that it fetched (sidecar/progress.ts); `undefined` where it fetched nothing. */
function fetchedBytes(text: string): number | undefined {
  const sizes = [...text.matchAll(/^fetched .+ \((\d{1,16}) bytes, [\d.]+ s\)$/gm)].map(([, size]) => Number(size))
  return sizes.length === 0 ? undefined : sizes.reduce((sum, size) => sum + size, 0)
}

/** Does something; where it fails and that is enough of it, says so and goes on without. */
async function orElse<T>(
  enough: boolean,
  giveUp: (error: unknown) => void,
  run: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await run()
  } catch (error) {
    if (!enough) throw error
    giveUp(error)
    return undefined
  }
}
