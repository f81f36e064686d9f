import type { Footprint } from './footprint.ts'
import { median, type Trend, trendOf } from './trend.ts'

const MiB = 2 ** 20
/** Into how many windows the time is cut, and how many at the beginning do not count. */
const [windows, skipped] = [24, 6]
/**
 * What is flat: by how much the least of a window may rise in a minute, what is noise altogether, and how much may be more at the end than at
 * the beginning, in whatever steps it came. Of open files those are connections that are kept for half a minute after a busy moment: at most
 * twenty of operators, who cancel all that is under way at once, and a dozen to Kubernetes, the object store and the connector.
 */
const bounds = {
  memory: { perMinute: 0.25, noise: 2, altogether: Infinity },
  files: { perMinute: 0.2, noise: 2, altogether: 32 },
} as const
/** Windows at the beginning and at the end that are compared, by their medians: one alone has no say. */
const compared = 3
/** In less time than this nothing can be said: a process is still filling what it keeps. Minutes. */
const shortestMinutes = 20

/** What a footprint says, and what is wrong with it. */
export interface Flatness {
  readonly figures: Readonly<Record<string, number | string>>
  readonly violations: readonly string[]
}

/**
 * Judges whether memory and open files stay as they are. Only what is there at the quietest moment of each window counts, so it does not
 * matter when garbage is collected, nor what is just under way.
 * @param length of what was seen, in milliseconds
 */
export function judgeFlatness({ memory, files }: Footprint, length: number): Flatness {
  const minutes = length / 60_000
  const figures: Record<string, number | string> = { looks: memory.length }
  if (minutes < shortestMinutes)
    return { figures: { ...figures, 'memory and files': 'too short a time' }, violations: [] }
  const judged = (minutes * (windows - skipped)) / windows
  const violations: string[] = []
  const tell = (what: string, unit: string, { least, perMinute }: Trend, bound: Bound): void => {
    figures[`least ${what} of a window, first and last`] = `${round(least[0])} and ${round(least.at(-1))}${unit}`
    figures[`rise of ${what} in a minute`] = `${round(perMinute)}${unit}`
    const all = least.map(round).join(', ')
    const altogether = median(least.slice(-compared)) - median(least.slice(0, compared))
    if (perMinute > bound.perMinute && perMinute * judged > bound.noise)
      violations.push(
        `${what} rises by ${round(perMinute)}${unit} a minute, more than ${bound.perMinute}; the least of each window: ${all}`,
      )
    else if (altogether > bound.altogether)
      violations.push(
        `${what} rose by ${round(altogether)}${unit} altogether, more than ${bound.altogether}; the least of each window: ${all}`,
      )
  }
  const inMiB = memory.map(({ at, value }) => ({ at, value: value / MiB }))
  tell('memory', ' MiB', trendOf(inMiB, windows, length, skipped), bounds.memory)
  tell('open files', '', trendOf(files, windows, length, skipped), bounds.files)
  return { figures, violations }
}

interface Bound {
  readonly perMinute: number
  readonly noise: number
  readonly altogether: number
}

function round(value = 0): number {
  return Math.round(value * 100) / 100
}
