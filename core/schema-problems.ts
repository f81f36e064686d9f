import { z } from 'zod'
import type { Problem } from './errors.ts'

/** A value as a schema reads it, or everything that is wrong with it. */
export type SchemaReading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] }

type Path = readonly PropertyKey[]

/**
 * Reads a value by a schema. What is wrong is said in the words of whoever wrote the value, each thing with its place; the value
 * itself is never repeated, because it may be a secret.
 * @param fieldNoun what a field is called where it is told that there is none of this name
 */
export function readBySchema<S extends z.ZodType>(
  schema: S,
  value: unknown,
  fieldNoun = 'field',
): SchemaReading<z.output<S>> {
  const parsed = schema.safeParse(value, { error: wording })
  if (parsed.success) return { ok: true, value: parsed.data }
  const { issues } = parsed.error
  const ofWrongType = new Set(issues.filter(({ code }) => code === 'invalid_type').map(placeOf))
  return {
    ok: false,
    problems: issues
      // zod tells the length of a text where a list is expected, too.
      .filter((issue) => !issue.code.startsWith('too_') || !ofWrongType.has(placeOf(issue)))
      .flatMap((issue) => problemsOf(issue, schema, [], fieldNoun)),
  }
}

function placeOf({ path }: z.core.$ZodIssue): string {
  return z.core.toDotPath(path)
}

function problemsOf(issue: z.core.$ZodIssue, schema: z.ZodType, before: Path, fieldNoun: string): readonly Problem[] {
  const path = [...before, ...issue.path]
  const where = z.core.toDotPath(path)
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = fieldsAt(schema, path)
      const instead = known.length === 0 ? '' : `; expected ${listed(known, 'or')}`
      return issue.keys.map((key) => ({
        where: z.core.toDotPath([...path, key]),
        message: `there is no such ${fieldNoun}${instead}`,
      }))
    }
    case 'invalid_key':
      return [{ where, message: issue.issues[0]?.message ?? issue.message }]
    case 'invalid_union': {
      const [meant, ...others] = issue.errors.filter(isMeant)
      return meant === undefined || others.length > 0
        ? [{ where, message: issue.message }]
        : meant.flatMap((inside) => problemsOf(inside, schema, path, fieldNoun))
    }
    default:
      return [{ where, message: issue.message }]
  }
}

/** Whether somebody who wrote this meant this one of several forms: it has its fields and no others, only something inside is wrong. */
function isMeant(issues: readonly z.core.$ZodIssue[]): boolean {
  return issues.every(
    ({ code, path, message }) =>
      path.length > 0 && !(path.length === 1 && message.startsWith(missing)) && code !== 'unrecognized_keys',
  )
}

const missing = 'is missing'

/** What zod says in a programmer's words where the schema has none of its own. */
function wording(issue: z.core.$ZodRawIssue): string | undefined {
  const gone = issue.input === undefined ? `${missing}; ` : ''
  switch (issue.code) {
    case 'invalid_type': {
      const expected = nameOf(issue.expected)
      if (gone !== '') return `${gone}expected ${expected}`
      if (Number.isNaN(issue.input)) return `expected ${expected}`
      const found = kindOf(issue.input)
      if (issue.expected === 'int' && found === 'a number')
        return `expected ${expected}, found a fraction or more than 2^53`
      return `expected ${expected}, found ${found}${remedyFor(issue.expected, found)}`
    }
    case 'invalid_value':
      return `${gone}expected ${listed(issue.values.map(String), 'or')}`
    case 'too_small':
      return Number(issue.minimum) === 1 && issue.origin !== 'number' && issue.origin !== 'int'
        ? `is empty; expected at least one ${issue.origin === 'array' ? 'entry' : 'character'}`
        : `expected at least ${amount(issue.minimum, issue.origin)}`
    case 'too_big':
      return `expected at most ${amount(issue.maximum, issue.origin)}`
    default:
      return undefined
  }
}

/** What people who write YAML trip over. */
function remedyFor(expected: string, found: string): string {
  if (expected === 'array' && found === 'text') return '; write it as [a, b]'
  if (expected !== 'string') return ''
  if (found === 'nothing') return '; write "" for a text without characters'
  return /number|true|false/.test(found) ? '; put it in quotes' : ''
}

function amount(limit: number | bigint, origin: string): string {
  if (origin === 'string') return `${limit} characters`
  return origin === 'array' ? `${limit} entries` : String(limit)
}

function nameOf(expected: string): string {
  switch (expected) {
    case 'string':
      return 'text'
    case 'int':
      return 'a whole number'
    case 'boolean':
      return 'true or false'
    case 'array':
      return 'a list'
    case 'object':
    case 'record':
      return 'an object (names with values)'
    default:
      return `a ${expected}`
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  switch (typeof value) {
    case 'string':
      return 'text'
    case 'boolean':
      return String(value)
    case 'object':
      return 'an object'
    default:
      return `a ${typeof value}`
  }
}

/** `a, b or c`. */
function listed(words: readonly string[], last: string): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}

/** The fields that an object has at a place; none where they cannot be told. */
function fieldsAt(schema: unknown, path: Path): readonly string[] {
  const inner = unwrapped(schema)
  const [name, ...rest] = path
  if (inner instanceof z.ZodObject) {
    const shape: Readonly<Record<string, unknown>> = inner.shape
    return name === undefined ? Object.keys(shape) : fieldsAt(shape[String(name)], rest)
  }
  if (inner instanceof z.ZodArray && name !== undefined) return fieldsAt(inner.element, rest)
  return []
}

function unwrapped(schema: unknown): unknown {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional)
    return unwrapped(schema.unwrap())
  return schema
}
