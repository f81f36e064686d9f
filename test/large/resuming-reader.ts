import { createHash } from 'node:crypto'

/**
 * How the answer to one request ended before everything was there: with an error; as if it were complete; or it went silent and was
 * given up.
 */
export type End = 'cut' | 'short' | 'silent'

/** How a reading went. */
export interface Reading {
  readonly bytes: number
  readonly sha256: string
  /** Of every answer but the last. */
  readonly ends: readonly End[]
  readonly seconds: number
}

/** An answer that says nothing for so long has ended, whatever its connection says. Milliseconds. */
const patienceMs = 30_000
/** So many answers may break off before the reader gives up. */
const most = 50

/**
 * Reads so many bytes, and asks for the rest wherever an answer breaks off; nothing is kept but the digest.
 * @param ask for what begins at a byte
 * @param progress is told now and then how far it has come
 */
export async function readResuming(
  size: number,
  ask: (offset: number, signal: AbortSignal) => Promise<Response>,
  progress: (bytes: number) => Promise<void>,
): Promise<Reading> {
  const hash = createHash('sha256')
  const begun = performance.now()
  const step = Math.ceil(size / 32)
  const ends: End[] = []
  let bytes = 0
  let told = 0
  while (bytes < size) {
    if (ends.length > most) throw new Error(`broken off too often, the last time at byte ${bytes}`)
    const quiet = new AbortController()
    const timer = setTimeout(() => quiet.abort(), patienceMs)
    try {
      const response = await ask(bytes, quiet.signal)
      if (!response.ok) throw new Refused(`byte ${bytes} was answered ${response.status}: ${await response.text()}`)
      for await (const chunk of response.body ?? []) {
        timer.refresh()
        hash.update(chunk)
        bytes += chunk.byteLength
        if (bytes - told < step) continue
        told = bytes
        await progress(bytes)
      }
      if (bytes < size) ends.push('short')
    } catch (error) {
      if (error instanceof Refused) throw error
      ends.push(quiet.signal.aborted ? 'silent' : 'cut')
    } finally {
      clearTimeout(timer)
    }
  }
  return { bytes, sha256: hash.digest('hex'), ends, seconds: (performance.now() - begun) / 1000 }
}

class Refused extends Error {}
