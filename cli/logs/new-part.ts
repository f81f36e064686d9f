/** How much of the end of what was shown is looked for in the next reading, in characters. */
const seam = 2048

/** What a further reading of a growing text has that the one before had not. */
export interface NewPart {
  readonly text: string
  /** Whether something between the two readings was lost: of a long log only the end is kept. */
  readonly gap: boolean
}

/**
 * Finds what is new in a log that is read whole, again and again, and of which only the end is there once it is long.
 * Lines that repeat without end cannot be told apart: of those, some may be left out once the beginning is dropped.
 * @param before the reading before, empty at first
 */
export function newPart(before: string, now: string): NewPart {
  if (now.startsWith(before)) return { text: now.slice(before.length), gap: false }
  const known = before.slice(-seam)
  const at = now.lastIndexOf(known)
  return at < 0 ? { text: now, gap: true } : { text: now.slice(at + known.length), gap: false }
}
