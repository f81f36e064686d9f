/** Longest path of a file in a result, in characters (all ASCII). */
export const maximumPathLength = 512
/** Most parts a path may have. */
const maximumPathDepth = 16
const partPattern = /^[A-Za-z0-9._@+=-]{1,128}$/

/**
 * Says what is wrong with the path of a file in a result: relative, `/` between parts, each part 1 to 128 of
 * `A–Z a–z 0–9 . _ @ + = -`, none of them `.` or `..`. So a path means the same as an object key, a file and a URL.
 * @returns `undefined` where nothing is
 */
export function pathProblem(path: string): string | undefined {
  if (path === '') return 'the path is empty'
  if (path.length > maximumPathLength) return `the path is longer than ${maximumPathLength} characters`
  const parts = path.split('/')
  if (parts.length > maximumPathDepth) return `the path has more than ${maximumPathDepth} parts`
  for (const part of parts) {
    if (part === '') return 'the path has an empty part'
    if (part === '.' || part === '..') return `the path has the part ${JSON.stringify(part)}`
    if (!partPattern.test(part)) {
      return `${JSON.stringify(part)} has characters other than letters, digits and . _ @ + = -, or is longer than 128`
    }
  }
  return undefined
}

/**
 * Finds two paths that some file system would take for one (they differ in upper and lower case only).
 * @returns the second of such a pair, or `undefined`
 */
export function collidingPath(paths: Iterable<string>): string | undefined {
  const seen = new Set<string>()
  for (const path of paths) {
    const folded = path.toLowerCase()
    if (seen.has(folded)) return path
    seen.add(folded)
  }
  return undefined
}
