import { isDeepStrictEqual } from 'node:util'

/** One place at which an object is not as it was sent. */
export interface Difference {
  /** Of the field, with the names of list items: `spec.template.spec.containers[upload].image`. */
  readonly path: string
  /** `undefined` where nothing was sent. */
  readonly sent: unknown
  /** `undefined` where nothing is there. */
  readonly there: unknown
}

/** Whether a value may stand at a place. `key` is the last part of its path. */
type Test = (value: unknown, key: string) => boolean

/**
 * What may differ. Places are written as patterns: fields with dots, `[]` for any item of a list, and `*` for any key that has no
 * line of its own.
 */
export interface Allowance {
  /** What may stand where nothing was sent. What is not listed may not. */
  readonly added: ReadonlyMap<string, Test>
  /** What may stand where something else was sent. */
  readonly instead: ReadonlyMap<string, Test>
  /** Lists that may hold more than was sent, in any order. All others are as sent, item by item. */
  readonly longer: ReadonlySet<string>
  /** Whether two different texts at a place mean the same. */
  same(pattern: string, sent: string, there: string): boolean
}

/** A place: how it is shown, how it is looked up, by itself and among any others beside it, and the last part of it. */
interface Place {
  readonly path: string
  readonly pattern: string
  readonly anyKey: string
  readonly key: string
}

/**
 * Walks through what was sent and finds every place at which what is there is something else, or more than may be. Both are plain
 * JSON; `null`, empty texts, lists and objects count as nothing, because the API server leaves them out.
 */
export function differences(sent: unknown, there: unknown, allowed: Allowance): readonly Difference[] {
  return compare(sent, there, { path: '', pattern: '', anyKey: '', key: '' }, allowed)
}

function compare(sent: unknown, there: unknown, place: Place, allowed: Allowance): readonly Difference[] {
  if (isNothing(sent)) return judgeAdded(there, place, allowed)
  if (sent === there || allowed.instead.get(place.pattern)?.(there, place.key) === true) return []
  if (isNothing(there)) return [{ path: place.path, sent, there: undefined }]
  if (Array.isArray(sent) && Array.isArray(there)) return compareLists(sent, there, place, allowed)
  if (isRecord(sent) && isRecord(there)) return compareRecords(sent, there, place, allowed)
  if (typeof sent === 'string' && typeof there === 'string' && allowed.same(place.pattern, sent, there)) return []
  return [{ path: place.path, sent, there }]
}

function judgeAdded(there: unknown, place: Place, allowed: Allowance): readonly Difference[] {
  if (isNothing(there)) return []
  const test = allowed.added.get(place.pattern) ?? allowed.added.get(place.anyKey)
  if (test?.(there, place.key) === true || (Array.isArray(there) && allowed.longer.has(place.pattern))) return []
  // Of labels and the like, each entry is judged by itself.
  if (test === undefined && isRecord(there) && allowed.added.has(`${place.pattern}.*`))
    return compareRecords({}, there, place, allowed)
  return [{ path: place.path, sent: undefined, there }]
}

function compareRecords(sent: JsonRecord, there: JsonRecord, place: Place, allowed: Allowance): readonly Difference[] {
  const keys = new Set([...Object.keys(sent), ...Object.keys(there)])
  return [...keys].flatMap((key) => compare(own(sent, key), own(there, key), below(place, key), allowed))
}

function compareLists(
  sent: readonly unknown[],
  there: readonly unknown[],
  place: Place,
  allowed: Allowance,
): readonly Difference[] {
  const names = { sent: sent.map(nameOf), there: there.map(nameOf) }
  if (allowed.longer.has(place.pattern))
    return sent
      .filter((item) => !there.some((one) => compare(item, one, itemOf(place, ''), allowed).length === 0))
      .map((item) => ({ path: itemOf(place, nameOf(item, 0)).path, sent: item, there: undefined }))
  if (isDeepStrictEqual(names.sent, names.there))
    return sent.flatMap((item, index) => compare(item, there[index], itemOf(place, names.sent[index] ?? ''), allowed))
  const found = [
    ...lacking(sent, names.sent, names.there).map(([name, item]) => ({
      path: itemOf(place, name).path,
      sent: item,
      there: undefined,
    })),
    ...lacking(there, names.there, names.sent).map(([name, item]) => ({
      path: itemOf(place, name).path,
      sent: undefined,
      there: item,
    })),
  ]
  // The same items in another order, which in every list of ours means something else.
  return found.length > 0 ? found : [{ path: place.path, sent: names.sent, there: names.there }]
}

/** The items whose name others do not have, or not as often. */
function lacking(
  items: readonly unknown[],
  names: readonly string[],
  others: readonly string[],
): readonly (readonly [name: string, item: unknown])[] {
  const left = [...others]
  return names.flatMap((name, index) => {
    const at = left.indexOf(name)
    if (at === -1) return [[name, items[index]] as const]
    left.splice(at, 1)
    return []
  })
}

type JsonRecord = Readonly<Record<string, unknown>>

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

/** Names come from outside: `constructor` is a field only where it was sent as one. */
function own(record: JsonRecord, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

/** What an item is known by: a container or volume by its name, a mount by its path, a text by itself. */
function nameOf(item: unknown, index: number): string {
  if (typeof item === 'string') return item
  if (isRecord(item))
    for (const field of ['mountPath', 'name', 'path', 'key']) {
      const name = own(item, field)
      if (typeof name === 'string') return name
    }
  return String(index)
}

function below({ path, pattern }: Place, key: string): Place {
  const before = pattern === '' ? '' : `${pattern}.`
  const shown = /^[A-Za-z]+$/.test(key) ? `${path === '' ? '' : '.'}${key}` : `[${key}]`
  return { path: path + shown, pattern: before + key, anyKey: `${before}*`, key }
}

function itemOf({ path, pattern }: Place, name: string): Place {
  return { path: `${path}[${name}]`, pattern: `${pattern}[]`, anyKey: `${pattern}[]`, key: name }
}
