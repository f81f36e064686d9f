import type { Finding } from '../finding.ts'
import type { SeenObject } from '../sight.ts'

/** What is wrong with the presence and sizes of files below a folder (a prefix with its slash), in words; `undefined` where nothing is. */
export function wrongSizes(
  folder: string,
  files: readonly { readonly path: string; readonly size: number }[],
  seen: readonly SeenObject[],
): string | undefined {
  const sizes = new Map(seen.map(({ key, size }) => [key, size]))
  const wrong = files.filter(({ path, size }) => sizes.get(folder + path) !== size)
  const [first] = wrong
  if (first === undefined) return undefined
  const has = sizes.get(folder + first.path)
  return `${wrong.length} of ${files.length} files are missing or have another size, ${first.path} ${has ?? 'no'} instead of ${first.size} bytes`
}

/** The finding of objects below a prefix that nobody has a use for. */
export function left(prefix: string, count: number, why: string): Finding {
  return { rule: 'left-in-store', about: prefix, message: `Below ${prefix} there are ${count} objects, and ${why}.` }
}
