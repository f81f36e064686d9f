/**
 * Whether no object in a JSON text has a name twice. RFC 7519 (section 4) lets readers take the last of them, and then two readers can
 * disagree about what a token says. The text must be JSON already; `JSON.parse` alone does not tell.
 */
export function hasUniqueNames(json: string): boolean {
  const open: (Set<string> | undefined)[] = []
  // Strings, and the punctuation outside of them: what matters of JSON's grammar once it is known to be JSON.
  const tokens = json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)
  let last: string | undefined
  for (const [token] of tokens) {
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(undefined)
    else if (token === '}' || token === ']') open.pop()
    else if (token === ':') {
      const names = open.at(-1)
      const name: unknown = last === undefined ? undefined : JSON.parse(last)
      if (names === undefined || typeof name !== 'string' || names.has(name)) return false
      names.add(name)
    }
    last = token
  }
  return true
}
