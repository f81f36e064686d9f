/** EDC's name of the constraint on when an agreement holds; connectors write it in full, with a prefix, or bare. */
const inForceDate = 'inForceDate'

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * When an agreement ends by its own terms: by constraints on `inForceDate` (EDC, "contract validity"), as a date or counted from the
 * signing (`contractAgreement+30d`). Within a permission all constraints hold, so the earliest end counts; between permissions, and in
 * an `or`, the latest. What is not understood ends nothing.
 * @param policy as the Management API gives it: ODRL in JSON-LD
 * @param signedAt when the agreement was signed, milliseconds since 1970
 * @returns milliseconds since 1970; `undefined` where it does not say
 */
export function agreementEnd(policy: unknown, signedAt: number): number | undefined {
  const permissions = listOf(field(policy, 'permission'))
  if (permissions.length === 0) return undefined
  return latest(permissions.map((one) => earliest(constraintsOf(one, signedAt))))
}

function constraintsOf(rule: unknown, signedAt: number): readonly (number | undefined)[] {
  return listOf(field(rule, 'constraint')).map((one) => endOf(one, signedAt))
}

function endOf(constraint: unknown, signedAt: number): number | undefined {
  const and = field(constraint, 'and') ?? field(constraint, 'andSequence')
  if (and !== undefined) return earliest(listOf(and).map((one) => endOf(one, signedAt)))
  const or = field(constraint, 'or') ?? field(constraint, 'xone')
  if (or !== undefined) return latest(listOf(or).map((one) => endOf(one, signedAt)))
  if (nameOf(field(constraint, 'leftOperand')) !== inForceDate) return undefined
  const operator = nameOf(field(constraint, 'operator'))
  if (operator !== 'lteq' && operator !== 'lt' && operator !== 'eq') return undefined
  return timeOf(field(constraint, 'rightOperand'), signedAt)
}

function timeOf(value: unknown, signedAt: number): number | undefined {
  const text = textOf(value)
  if (text === undefined) return undefined
  const counted = /^contract[Aa]greement\s*\+\s*(-?\d{1,9})(s|m|h|d)$/.exec(text)
  if (counted !== null) return signedAt + Number(counted[1]) * (unitMs[counted[2] ?? ''] ?? 0)
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return undefined
  const time = Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}

/** The end of what holds only while all hold. */
function earliest(ends: readonly (number | undefined)[]): number | undefined {
  const known = ends.filter((end) => end !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

/** The end of what holds while one holds: none where one never ends. */
function latest(ends: readonly (number | undefined)[]): number | undefined {
  return ends.length === 0 || ends.includes(undefined) ? undefined : Math.max(...ends.map((end) => end ?? 0))
}

/** A property of a JSON-LD object under its bare name, with the prefix `odrl:`, or in full. */
function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  const found = Object.entries(value).find(([key]) => lastPart(key) === name && isOdrl(key))
  return found?.[1]
}

function isOdrl(key: string): boolean {
  return !key.includes(':') || key.startsWith('odrl:') || key.startsWith('http://www.w3.org/ns/odrl/2/')
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}

/** The last part of an id such as `odrl:lteq` or `https://w3id.org/edc/v0.0.1/ns/inForceDate`. */
function nameOf(value: unknown): string | undefined {
  const text = textOf(value)
  return text === undefined ? undefined : lastPart(text)
}

function lastPart(text: string): string {
  return text.slice(Math.max(text.lastIndexOf('/'), text.lastIndexOf('#'), text.lastIndexOf(':')) + 1)
}

/** The text of a value as JSON-LD writes it: plain, `{"@id": …}` or `{"@value": …}`, alone or in a list of one. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.length === 1 ? textOf(value[0]) : undefined
  if (typeof value !== 'object' || value === null) return undefined
  if ('@value' in value) return textOf(value['@value'])
  return '@id' in value ? textOf(value['@id']) : undefined
}
