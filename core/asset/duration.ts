const unitMilliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** What a duration looks like: a whole number with a unit, such as `90s`, `10m`, `1h`, `7d`. */
export const durationPattern = /^(\d{1,9})(ms|s|m|h|d)$/

/**
 * Reads a duration.
 * @returns milliseconds, or `undefined` where the text is no duration
 */
export function parseDuration(text: string): number | undefined {
  const match = durationPattern.exec(text)
  if (match === null) return undefined
  const factor = unitMilliseconds[match[2] ?? '']
  return factor === undefined ? undefined : Number(match[1]) * factor
}

/** Writes milliseconds in the largest unit that leaves a whole number, such as `90s` for 90000. */
export function formatDuration(milliseconds: number): string {
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = unitMilliseconds[unit] ?? 1
    if (milliseconds >= size && milliseconds % size === 0) return `${milliseconds / size}${unit}`
  }
  return `${milliseconds}ms`
}
