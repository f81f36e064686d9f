import type { Problem } from '../errors.ts'

/** Words of ODRL that hold rules, constraints or parts of them; as many as were sent must arrive. */
const counted = new Set([
  'permission',
  'prohibition',
  'obligation',
  'duty',
  'remedy',
  'consequence',
  'action',
  'constraint',
  'refinement',
  'leftOperand',
  'operator',
  'rightOperand',
  'and',
  'or',
  'xone',
  'andSequence',
])

/** Of these one value may be several, and be answered as one text (`isAnyOf`, seen on EDC 0.10.0): only that it is there counts. */
const single = new Set(['leftOperand', 'operator', 'rightOperand'])

/** Words that a policy may hold besides. */
const others = new Set([
  'assigner',
  'assignee',
  'target',
  'profile',
  'uid',
  'inheritFrom',
  'implies',
  'includedIn',
  'unit',
  'dataType',
  'source',
  'partOf',
])

/** How often each word of ODRL stands in a policy, in any spelling: `permission`, `odrl:permission`, the full IRI. */
export function countOdrl(value: unknown): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  count(value, counts)
  return counts
}

function count(value: unknown, counts: Record<string, number>): void {
  if (Array.isArray(value)) for (const one of value) count(one, counts)
  if (!isRecord(value) || Array.isArray(value)) return
  for (const [key, inside] of Object.entries(value)) {
    if (key === '@context') continue
    const word = wordOf(key)
    if (counted.has(word)) {
      const items = single.has(word) ? 1 : itemsOf(inside)
      if (items > 0) counts[word] = (counts[word] ?? 0) + items
    }
    if (!single.has(word)) count(inside, counts)
  }
}

function itemsOf(value: unknown): number {
  if (Array.isArray(value)) return value.length
  if (isRecord(value) && Array.isArray(value['@list'])) return value['@list'].length
  return value === null || value === undefined ? 0 : 1
}

function wordOf(key: string): string {
  return /^(?:odrl:|http:\/\/www\.w3\.org\/ns\/odrl\/2\/)(.*)$/.exec(key)?.[1] ?? key
}

/** Words that ODRL does not know. A connector drops them, and what stands below them, without a word. */
export function unknownWords(value: unknown, where = ''): readonly Problem[] {
  if (Array.isArray(value)) return value.flatMap((one, index) => unknownWords(one, `${where}[${index}]`))
  if (!isRecord(value)) return []
  return Object.entries(value).flatMap(([key, inside]) => {
    const at = where === '' ? key : `${where}.${key}`
    if (key.startsWith('@')) return []
    const word = wordOf(key)
    if (!key.includes(':') && !counted.has(word) && !others.has(word))
      return [{ where: at, message: `ODRL has no word ${JSON.stringify(key)}; the connector would drop it` }]
    return single.has(word) ? [] : unknownWords(inside, at)
  })
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
