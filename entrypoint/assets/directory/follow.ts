import { setTimeout } from 'node:timers/promises'
import type { AssetDirectory, DirectoryState } from './asset-directory.ts'

/** Longest time that the start of the service waits for the first look, in milliseconds: the object store may be away. */
const firstLookMs = 10_000

/** A directory that is looked at again and again. */
export interface Following {
  close(): Promise<void>
}

/**
 * Looks at a directory, then every `intervalMs`. Polling and not `fs.watch`: a mounted ConfigMap changes by the swap of a link, and
 * network file systems tell of nothing. Gives back control when the first look is over, or after ten seconds.
 * @param looked told of every look's outcome
 */
export async function followDirectory(
  directory: AssetDirectory,
  intervalMs: number,
  looked: (state: DirectoryState) => void,
): Promise<Following> {
  const stop = new AbortController()
  const look = async (): Promise<void> => {
    await directory.look()
    looked(directory.state())
  }
  const first = look()
  const rest = (async () => {
    await first
    while (await pause(intervalMs, stop.signal)) await look()
  })()
  await Promise.race([first, setTimeout(firstLookMs, undefined, { signal: stop.signal, ref: false })])
  return {
    async close() {
      stop.abort()
      await rest
    },
  }
}

/** Waits; `false` where it was told to stop meanwhile. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await setTimeout(milliseconds, undefined, { signal })
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}
