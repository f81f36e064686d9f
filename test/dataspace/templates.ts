import type { Json } from '../../demo/simulated-connector/json.ts'

/** Names of values that differ from run to run, such as ids and addresses, with what they are this time. */
export type Names = Readonly<Record<string, string>>

/** Numbers that are times: they become placeholders of their own name. */
const TIMES = new Set(['at', 'createdAt', 'stateTimestamp', 'contractSigningDate'])

/** Puts `{{name}}` where a named value stands, so that what two conversations said can be compared and replayed. */
export function template(value: Json, names: Names): Json {
  if (typeof value === 'string') return named(value, names)
  if (Array.isArray(value)) return value.map((item) => template(item, names))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      typeof item === 'number' && TIMES.has(key) ? `{{${key}}}` : template(item, names),
    ]),
  )
}

/** The same for each of a record's values. */
export function templates(values: Readonly<Record<string, Json>>, names: Names): Record<string, Json> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, template(value, names)]))
}

function named(text: string, names: Names): string {
  const longestFirst = Object.entries(names).toSorted(([, a], [, b]) => b.length - a.length)
  return longestFirst.reduce((result, [name, value]) => result.replaceAll(value, `{{${name}}}`), text)
}
