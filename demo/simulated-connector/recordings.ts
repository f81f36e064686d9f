import { readFileSync } from 'node:fs'
import { asObject, type Json, type JsonObject, objectAt, parseJson } from './json.ts'

/** What stands for the `{{name}}`s of a recording. A property whose name has no value is left out. */
export type Values = Readonly<Record<string, Json | undefined>>
/** An answer as it was heard: status, content type, and body as JSON or, where it was none, as text. */
export interface Answer {
  readonly status: number
  readonly contentType: string | null
  readonly body: Json
}

/**
 * What a real pair of connectors (EDC 0.10.0) said, with `{{name}}` where ids, times and addresses stood.
 * test/dataspace/connector.test.ts compares it with what a running pair says, and writes it down anew with RECORD=1.
 */
const recordings = {
  answers: load('answers'),
  documents: load('documents'),
  events: load('events'),
  requests: load('requests'),
}

/** A recorded document, filled in. */
export function document(name: string, values: Values): JsonObject {
  return asObject(fill(recorded('documents', name), values))
}

/** A recorded answer, filled in. */
export function answer(name: string, values: Values = {}): Answer {
  const { status, contentType, body } = asObject(fill(recorded('answers', name), values))
  if (typeof status !== 'number') throw new Error(`recording ${name} in recordings/answers.json has no status`)
  return { status, contentType: typeof contentType === 'string' ? contentType : null, body: body ?? null }
}

/** A recorded transfer event, filled in. */
export function event(type: string, values: Values): JsonObject {
  return asObject(fill(recorded('events', type), values))
}

/** The body of the recorded provision request, filled in. */
export function provisionRequest(values: Values): JsonObject {
  return asObject(fill(recorded('requests', 'provision')['body'], values))
}

function load(kind: string): JsonObject {
  return asObject(parseJson(readFileSync(new URL(`./recordings/${kind}.json`, import.meta.url), 'utf8')))
}

function recorded(kind: keyof typeof recordings, name: string): JsonObject {
  const found = objectAt(recordings[kind], name)
  if (found === undefined) throw new Error(`there is no recording ${name} in recordings/${kind}.json`)
  return found
}

/** Puts values where a recording says `{{name}}`: whole strings keep the value's type, parts of strings become text. */
export function fill(template: Json | undefined, values: Values): Json | undefined {
  if (typeof template === 'string') {
    const whole = /^\{\{(\w+)\}\}$/.exec(template)?.[1]
    if (whole !== undefined) return values[whole]
    return template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => asText(values[name]))
  }
  if (Array.isArray(template)) return template.map((item) => fill(item, values) ?? null)
  if (template === undefined || template === null || typeof template !== 'object') return template
  const filled: JsonObject = {}
  for (const [key, item] of Object.entries(template)) {
    const value = fill(item, values)
    if (value !== undefined) filled[key] = value
  }
  return filled
}

function asText(value: Json | undefined): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
