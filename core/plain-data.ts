import type { Problem } from './errors.ts'

/** Deepest nesting of lists and objects in what others write. Documents of ours have at most ten levels. */
export const maximumDepth = 32

interface Place {
  readonly value: unknown
  readonly where: string
  readonly depth: number
}

/**
 * Says what is wrong with data that was parsed from somebody else's text, before anything looks into it: nesting so deep that whoever
 * follows it runs out of stack, or the name `__proto__`, which means something to JavaScript itself (names that its objects inherit, such as
 * `constructor`, are harmless, because only own properties are ever looked at). It follows lists and objects step by step, so it does
 * not run out itself; data that contains itself (YAML can say that) is too deep.
 * @returns the first problem with its place, `undefined` where there is none
 */
export function dataProblem(data: unknown): Problem | undefined {
  const waiting: Place[] = [{ value: data, where: '', depth: 1 }]
  // An object may stand in many places (YAML's aliases): it is looked at again only where it lies deeper.
  const seen = new Map<object, number>()
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, where, depth } = next
    if (typeof value !== 'object' || value === null || (seen.get(value) ?? 0) >= depth) continue
    if (depth > maximumDepth) return { where, message: `is nested more than ${maximumDepth} levels deep` }
    seen.set(value, depth)
    if (Array.isArray(value)) {
      for (const [index, inside] of value.entries())
        waiting.push({ value: inside, where: `${where}[${index}]`, depth: depth + 1 })
      continue
    }
    for (const [name, inside] of Object.entries(value)) {
      const at = where === '' ? name : `${where}.${name}`
      if (name === '__proto__')
        return { where: at, message: 'this name means something else to JavaScript and is not taken' }
      waiting.push({ value: inside, where: at, depth: depth + 1 })
    }
  }
  return undefined
}
