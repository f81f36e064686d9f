/** What stands at a path of keys, or undefined where there is nothing. */
function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return undefined
    found = new Map<string, unknown>(Object.entries(found)).get(key)
  }
  return found
}

/** The text at a path of keys; empty where there is none. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : ''
}

/** The same that must be there. */
export function neededText(value: unknown, ...path: readonly string[]): string {
  const found = textAt(value, ...path)
  if (found === '') throw new Error(`the connector’s answer has no ${path.join('.')}: ${JSON.stringify(value)}`)
  return found
}

/** A list in JSON-LD, where a list of one is written without brackets, and an empty one may be left out. */
export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path)
  if (found === undefined) return []
  return Array.isArray(found) ? found : [found]
}
