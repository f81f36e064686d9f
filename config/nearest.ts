/** Most letters in which a name may differ from what was meant. */
const mostDifferent = 2

/** The one of several names that somebody meant by a misspelt one: at most two letters are other, missing or too many. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const [first] = names
    .map((known) => ({ known, distance: distanceOf(name, known) }))
    .filter(({ distance }) => distance <= mostDifferent)
    .toSorted((a, b) => a.distance - b.distance)
  return first?.known
}

/** In how many letters two names differ (Levenshtein). */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [i, letter] of one.split('').entries()) {
    const next = [i + 1]
    for (const [j, against] of other.split('').entries()) {
      const replaced = (row[j] ?? 0) + (letter === against ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
