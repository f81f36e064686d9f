import { readNamedFile } from './read-file.ts'

/** A secret in a file that may change while the service runs, as that of a mounted Kubernetes Secret does. */
export interface SecretInFile {
  /** What was read last. */
  current(): string
  /** What the file holds now, for a secret whose refusal nobody hears of. */
  latest(): string
  /**
   * To be told that it was refused: reads the file again, unless that was done in vain a moment ago. A file that cannot be read or is empty
   * is in the middle of its change, and changes nothing.
   * @param refused what was used
   * @returns whether there is another one now
   */
  replaced(refused: string): boolean
}

/** Shortest pause after a look that found nothing new: many calls may be refused at the same moment. Milliseconds. */
const leastPauseMs = 1_000

/**
 * Follows a file.
 * @param path of the file
 * @param first what was read of it at the start
 * @param now milliseconds of a clock that goes forward only
 */
export function secretInFile(path: string, first: string, now: () => number = () => performance.now()): SecretInFile {
  let current = first
  let lookedInVainAt = -Infinity
  const look = (): void => {
    if (now() < lookedInVainAt + leastPauseMs) return
    const reading = readNamedFile(path)
    if (reading.ok && reading.text !== '' && reading.text !== current) current = reading.text
    else lookedInVainAt = now()
  }
  return {
    current: () => current,
    latest() {
      look()
      return current
    },
    replaced(refused) {
      if (current === refused) look()
      return current !== refused
    },
  }
}
