import { isDeepStrictEqual } from 'node:util'
import { asObject, type Json, type JsonObject, textAt } from '../../../demo/simulated-connector/json.ts'
import { Refused } from './objects.ts'

/** Applies the operations `test`, `add`, `replace` and `remove` of a JSON patch (RFC 6902) to an object in place: all of them, or none. */
export function applyPatch(object: JsonObject, operations: Json): void {
  if (!Array.isArray(operations)) throw new Refused(400, 'BadRequest', 'a JSON patch is a list')
  const copy = structuredClone(object)
  for (const operation of operations) applyOne(copy, asObject(operation))
  for (const key of Object.keys(object)) delete object[key]
  Object.assign(object, copy)
}

function applyOne(object: JsonObject, operation: JsonObject): void {
  const parts = textAt(operation, 'path').split('/').slice(1).map(unescaped)
  const last = parts.pop() ?? ''
  let place: Json | undefined = object
  for (const part of parts) place = asObject(place)[part]
  const holder = asObject(place)
  const value = operation['value'] ?? null
  switch (operation['op']) {
    case 'test':
      if (!isDeepStrictEqual(holder[last] ?? null, value))
        throw new Refused(422, 'Invalid', `the test of ${textAt(operation, 'path')} failed`)
      return
    case 'add':
    case 'replace':
      holder[last] = value
      return
    case 'remove':
      delete holder[last]
      return
    default:
      throw new Refused(400, 'BadRequest', `the operation ${JSON.stringify(operation['op'])} is unknown here`)
  }
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}
