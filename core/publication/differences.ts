import { canonicalJson } from './canonical-json.ts'

/** One field that differs; `null`: it is not there. Lists and structures are JSON text. */
export interface FieldChange {
  readonly field: string
  readonly before: string | null
  readonly after: string | null
}

/** Named values: strings, lists, structures; `undefined` counts as absent. */
export type Fields = Readonly<Record<string, unknown>>

/** What differs between two sets of fields, by name. Values that are JSON text are compared inside, so that one changed limit is one line. */
export function differences(before: Fields, after: Fields): readonly FieldChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names.toSorted().flatMap((field) => compare(field, before[field], after[field]))
}

function compare(field: string, before: unknown, after: unknown): readonly FieldChange[] {
  if (comparable(before) === comparable(after)) return []
  const [left, right] = [structureIn(before), structureIn(after)]
  if (left !== undefined && right !== undefined) {
    const inside = Object.entries(merged(left, right)).flatMap(([key, [a, b]]) => compare(`${field}.${key}`, a, b))
    if (inside.length > 0) return inside
  }
  return [{ field, before: shown(before), after: shown(after) }]
}

/** Lists of texts are sets, and one alone may be answered without its list (JSON-LD). */
function comparable(value: unknown): string {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return ''
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return canonicalJson(value.toSorted())
  return typeof value === 'string' ? canonicalJson([value]) : canonicalJson(value)
}

/** An object or list with something in it, as it is or as JSON text; lists by number. */
function structureIn(value: unknown): Fields | undefined {
  if (typeof value === 'object' && value !== null && !isTexts(value)) return { ...value }
  if (typeof value !== 'string' || !/^[[{]/.test(value)) return undefined
  try {
    const parsed: unknown = JSON.parse(value)
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : undefined
  } catch {
    return undefined
  }
}

function isTexts(value: object): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

function merged(left: Fields, right: Fields): Readonly<Record<string, readonly [unknown, unknown]>> {
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])]
  return Object.fromEntries(keys.map((key) => [key, [left[key], right[key]]]))
}

function shown(value: unknown): string | null {
  if (value === undefined || value === null) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}
