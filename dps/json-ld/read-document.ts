import { DataPlaneError } from '../data-plane.ts'
import { type Context, innerContext, shortName, usualContext } from './names.ts'

/** Deeper than this no message of the protocol goes: an expanded start message has six levels. */
const maximumDepth = 32

/**
 * A JSON-LD document in one plain shape, whichever of its shapes it comes in: compact, as EDC sends it, or expanded. Names are those
 * of `shortName`, values are bare, a list of one is its entry and an empty one is absent, for JSON-LD takes both for the same.
 * Contexts are read where they stand in the document; those given by address are not fetched.
 *
 * This is no JSON-LD processor, and none is needed: EDC compacts its messages with its own namespaces only.
 * @throws DataPlaneError 400 `invalid-message` where it is nested too deeply
 */
export function readDocument(body: unknown): unknown {
  return plain(body, usualContext, 0)
}

function plain(value: unknown, context: Context, depth: number): unknown {
  if (depth > maximumDepth) {
    throw new DataPlaneError(400, 'invalid-message', `The message is nested more than ${maximumDepth} levels deep.`)
  }
  if (Array.isArray(value)) {
    const entries = value.map((entry) => plain(entry, context, depth + 1))
    return entries.length > 1 ? entries : entries[0]
  }
  return typeof value === 'object' && value !== null ? plainObject(value, context, depth) : value
}

function plainObject(value: object, outer: Context, depth: number): unknown {
  const context = '@context' in value ? innerContext(outer, value['@context']) : outer
  if ('@value' in value) return value['@value']
  if ('@list' in value) return plain(value['@list'], context, depth + 1)
  if ('@set' in value) return plain(value['@set'], context, depth + 1)
  const entries: [string, unknown][] = []
  for (const [name, content] of Object.entries(value)) {
    if (name === '@type') entries.push([name, types(content, context)])
    else if (name === '@id') entries.push([name, content])
    else if (!name.startsWith('@')) entries.push([shortName(name, context), plain(content, context, depth + 1)])
  }
  return Object.fromEntries(entries)
}

/** The short names of an object's types, one or a list. */
function types(content: unknown, context: Context): unknown {
  const list = (Array.isArray(content) ? content : [content]).map((one) =>
    typeof one === 'string' ? shortName(one, context) : one,
  )
  return list.length === 1 ? list[0] : list
}
