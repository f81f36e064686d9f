import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Problem } from '../errors.ts'
import { byteLength } from './dotenv.ts'
import { environmentNameProblem, maximumProvidedBytes, maximumValueBytes } from './environment.ts'

const scalarTypes = ['string', 'number', 'integer', 'boolean'] as const
type ScalarType = (typeof scalarTypes)[number]

/** Makes what tests texts against a pattern (ECMA-262) of a schema. It decides how long that may take. */
export type PatternEngine = (pattern: string, flags: string) => { test(text: string): boolean }

const plainPatterns: PatternEngine = (pattern, flags) => new RegExp(pattern, flags)

/** The environment variables that a consumer's parameters become, or everything that is wrong with them. */
export type CheckedParameters =
  | { readonly ok: true; readonly environment: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** What a consumer may set, ready to check values against. */
export interface ParameterSchema {
  /** Names of all declared parameters. */
  readonly names: readonly string[]
  /**
   * Checks what a consumer sent and fills in defaults.
   * @param values by parameter name; text is read as the declared type, because connectors carry text
   */
  check(values: unknown): CheckedParameters
}

/** An asset's `parameters` as read, or everything that is wrong with them. */
export type CompiledParameters =
  | { readonly ok: true; readonly schema: ParameterSchema }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/**
 * Reads an asset's `parameters`: a JSON Schema (2020-12) of an object whose properties are scalars, because each becomes one
 * environment variable. `{}` declares none. Properties that are not declared are refused, whatever the schema says.
 * @param patterns where patterns of providers meet texts of consumers: an engine that gives up after a while. @default without bounds
 */
export function compileParameters(
  schema: Readonly<Record<string, unknown>>,
  patterns: PatternEngine = plainPatterns,
): CompiledParameters {
  const types = new Map<string, ScalarType>()
  const problems = [...readTypes(schema, types), ...readRequired(schema, types)]
  if (JSON.stringify(schema).includes('"$async":'))
    problems.push({ where: 'parameters', message: '$async is no part of JSON Schema and is not taken' })
  if (problems.length > 0) return { ok: false, problems }
  const validate = compile(schema, patterns)
  if (typeof validate === 'string') return { ok: false, problems: unusable(schema, types, validate) }
  const wrongDefaults = defaultProblems(schema, types, patterns)
  if (wrongDefaults.length > 0) return { ok: false, problems: wrongDefaults }
  return { ok: true, schema: { names: [...types.keys()], check: (values) => check(validate, types, values) } }
}

function readTypes(schema: Readonly<Record<string, unknown>>, types: Map<string, ScalarType>): Problem[] {
  const problems: Problem[] = []
  if (Object.keys(schema).length > 0 && schema['type'] !== 'object') {
    problems.push({ where: 'parameters.type', message: 'expected "object"' })
  }
  const properties = schema['properties'] ?? {}
  if (!isRecord(properties))
    return [...problems, { where: 'parameters.properties', message: 'expected an object of JSON Schemas' }]
  for (const [name, property] of Object.entries(properties)) {
    const where = `parameters.properties.${name}`
    const nameProblem = environmentNameProblem(name)
    if (nameProblem !== undefined) problems.push({ where, message: nameProblem })
    const type = isRecord(property) ? scalarTypes.find((known) => known === property['type']) : undefined
    if (type === undefined)
      problems.push({ where: `${where}.type`, message: `expected one of ${scalarTypes.join(', ')}` })
    else types.set(name, type)
  }
  return problems
}

function readRequired(
  { required }: Readonly<Record<string, unknown>>,
  types: ReadonlyMap<string, ScalarType>,
): Problem[] {
  if (!Array.isArray(required)) return []
  const unknown = required.filter((name) => typeof name !== 'string' || !types.has(name))
  return unknown.map((name) => ({
    where: 'parameters.required',
    message: `${JSON.stringify(name)} is not declared in properties`,
  }))
}

function compile(
  schema: Readonly<Record<string, unknown>>,
  patterns: PatternEngine = plainPatterns,
): ValidateFunction | string {
  // Formats are not checked: they are annotations in JSON Schema 2020-12, and nothing here depends on them.
  const ajv = new Ajv2020({
    allErrors: true,
    useDefaults: true,
    strict: true,
    strictRequired: false,
    validateFormats: false,
    ownProperties: true,
    code: { regExp: Object.assign((...given: Parameters<PatternEngine>) => patterns(...given), { code: 'patterns' }) },
  })
  try {
    return ajv.compile({ ...schema, type: 'object', properties: schema['properties'] ?? {} })
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).replace(/^strict mode: /, '')
  }
}

/** Finds the property that makes a schema no JSON Schema, so that the place can be named. */
function unusable(
  schema: Readonly<Record<string, unknown>>,
  types: ReadonlyMap<string, ScalarType>,
  whole: string,
): Problem[] {
  const properties = isRecord(schema['properties']) ? schema['properties'] : {}
  const found = [...types.keys()].flatMap((name) => {
    const alone = compile({ ...schema, properties: { [name]: properties[name] } })
    return typeof alone === 'string' ? [{ where: `parameters.properties.${name}`, message: notUsable(alone) }] : []
  })
  return found.length > 0 ? found : [{ where: 'parameters', message: notUsable(whole) }]
}

function notUsable(reason: string): string {
  const inside = reason.replace(/^schema is invalid: data\/properties\/[^/]+\//, '')
  return `is no JSON Schema (2020-12) that can be used: ${inside}`
}

/** A default that its own schema refuses would fail every transfer that leaves the parameter out. */
function defaultProblems(
  schema: Readonly<Record<string, unknown>>,
  types: ReadonlyMap<string, ScalarType>,
  patterns: PatternEngine,
): Problem[] {
  const properties = isRecord(schema['properties']) ? schema['properties'] : {}
  return [...types.keys()].flatMap((name) => {
    const property = properties[name]
    if (!isRecord(property) || !('default' in property)) return []
    const validate = compile({ type: 'object', properties: { [name]: property } }, patterns)
    if (typeof validate === 'string' || validate({ [name]: property['default'] })) return []
    return [
      {
        where: `parameters.properties.${name}.default`,
        message: `does not fit its own property: ${validate.errors?.[0]?.message ?? 'it is not valid'}`,
      },
    ]
  })
}

function check(validate: ValidateFunction, types: ReadonlyMap<string, ScalarType>, values: unknown): CheckedParameters {
  if (!isRecord(values))
    return { ok: false, problems: [{ where: '', message: 'the parameters must be one JSON object' }] }
  const taken = types.size === 0 ? 'none' : [...types.keys()].join(', ')
  const undeclared = Object.keys(values).filter((name) => !types.has(name))
  const problems: Problem[] = undeclared.map((name) => ({
    where: name,
    message: `is no parameter of this asset; it takes ${taken}`,
  }))
  const declared = Object.entries(values).filter(([name]) => types.has(name))
  const read: Record<string, unknown> = Object.fromEntries(
    declared.map(([name, value]) => [name, readAs(types.get(name), value)]),
  )
  if (!validate(read)) problems.push(...(validate.errors ?? []).map(problemOf))
  for (const [name, value] of Object.entries(read)) {
    const problem = valueProblem(value)
    if (problem !== undefined) problems.push({ where: name, message: problem })
  }
  if (problems.length > 0) return { ok: false, problems }
  const environment = Object.fromEntries(Object.entries(read).map(([name, value]) => [name, String(value)]))
  const size = Object.values(environment).reduce((sum, value) => sum + byteLength(value), 0)
  if (size > maximumProvidedBytes)
    return {
      ok: false,
      problems: [
        {
          where: '',
          message: `the parameters have ${size} bytes together; at most ${maximumProvidedBytes} are taken`,
        },
      ],
    }
  return { ok: true, environment }
}

/** Text that spells a value of the declared type becomes that value; all else stays for the schema to judge. */
function readAs(type: ScalarType | undefined, value: unknown): unknown {
  if (typeof value !== 'string') return value
  if ((type === 'number' || type === 'integer') && /^-?(0|[1-9]\d{0,30})(\.\d{1,30})?([eE][+-]?\d{1,3})?$/.test(value))
    return Number(value)
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true'
  return value
}

/** What no schema says but an environment variable needs. */
function valueProblem(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    return 'is beyond the whole numbers that JSON carries exactly (2^53)'
  if (typeof value !== 'string') return undefined
  if (value.includes('\0')) return 'holds a NUL character'
  return byteLength(value) > maximumValueBytes ? `has more than ${maximumValueBytes} bytes` : undefined
}

function problemOf(error: ErrorObject): Problem {
  const allowed = error.keyword === 'enum' ? `: ${JSON.stringify(error.params['allowedValues'])}` : ''
  return {
    where: String(error.params['missingProperty'] ?? error.instancePath.slice(1)),
    message: `${error.message ?? error.keyword}${allowed}`,
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
