import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Problem } from '../errors.ts'
import { environmentNameProblem } from './environment.ts'

const scalarTypes = ['string', 'number', 'integer', 'boolean'] as const
type ScalarType = (typeof scalarTypes)[number]

/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** What a consumer may set, ready to check values against. */
export interface ParameterSchema {
  /** Names of all declared parameters. */
  readonly names: readonly string[]
  /**
   * Checks what a consumer sent and fills in defaults.
   * @param values by parameter name; text is read as the declared type, because connectors carry text
   * @returns the environment variables of the worker, or everything that is wrong
   */
  check(
    values: unknown,
  ):
    | { readonly ok: true; readonly environment: Readonly<Record<string, string>> }
    | { readonly ok: false; readonly problems: readonly Problem[] }
}

/**
 * Reads an asset's `parameters`: a JSON Schema (2020-12) of an object whose properties are scalars, because each becomes one
 * environment variable. `{}` declares none. Properties that are not declared are refused, whatever the schema says.
 */
export function compileParameters(
  schema: Readonly<Record<string, unknown>>,
):
  | { readonly ok: true; readonly schema: ParameterSchema }
  | { readonly ok: false; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const types = new Map<string, ScalarType>()
  if (Object.keys(schema).length > 0 && schema['type'] !== 'object') {
    problems.push({ where: 'parameters.type', message: 'expected "object"' })
  }
  const properties = schema['properties'] ?? {}
  if (!isRecord(properties))
    problems.push({ where: 'parameters.properties', message: 'expected an object of JSON Schemas' })
  else {
    for (const [name, property] of Object.entries(properties)) {
      const where = `parameters.properties.${name}`
      const nameProblem = environmentNameProblem(name)
      if (nameProblem !== undefined) problems.push({ where, message: nameProblem })
      const type = isRecord(property) ? scalarTypes.find((known) => known === property['type']) : undefined
      if (type === undefined)
        problems.push({ where: `${where}.type`, message: `expected one of ${scalarTypes.join(', ')}` })
      else types.set(name, type)
    }
  }
  if (problems.length > 0) return { ok: false, problems }
  const compiled = compile(schema)
  return typeof compiled === 'string'
    ? { ok: false, problems: [{ where: 'parameters', message: compiled }] }
    : { ok: true, schema: { names: [...types.keys()], check: (values) => check(compiled, types, values) } }
}

function compile(schema: Readonly<Record<string, unknown>>): ValidateFunction | string {
  // Formats are not checked: they are annotations in JSON Schema 2020-12, and nothing here depends on them.
  const ajv = new Ajv2020({
    allErrors: true,
    useDefaults: true,
    strict: true,
    strictRequired: false,
    validateFormats: false,
    ownProperties: true,
  })
  try {
    return ajv.compile({
      ...schema,
      additionalProperties: false,
      type: 'object',
      properties: schema['properties'] ?? {},
    })
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function check(
  validate: ValidateFunction,
  types: ReadonlyMap<string, ScalarType>,
  values: unknown,
): ReturnType<ParameterSchema['check']> {
  if (!isRecord(values))
    return { ok: false, problems: [{ where: '', message: 'the parameters must be one JSON object' }] }
  const read: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(values)) read[name] = readAs(types.get(name), value)
  if (!validate(read)) {
    const problems = (validate.errors ?? []).map(
      (error): Problem => ({
        where: String(
          error.params['additionalProperty'] ?? error.params['missingProperty'] ?? error.instancePath.slice(1),
        ),
        message:
          error.keyword === 'additionalProperties'
            ? `is no parameter of this asset; it takes ${types.size === 0 ? 'none' : [...types.keys()].join(', ')}`
            : `${error.message ?? error.keyword}${error.keyword === 'enum' ? `: ${JSON.stringify(error.params['allowedValues'])}` : ''}`,
      }),
    )
    return { ok: false, problems }
  }
  const environment: Record<string, string> = {}
  for (const [name, value] of Object.entries(read)) {
    const written = String(value)
    if (written.includes('\0')) return { ok: false, problems: [{ where: name, message: 'holds a NUL character' }] }
    environment[name] = written
  }
  return { ok: true, environment }
}

/** Text that spells a value of the declared type becomes that value; all else stays for the schema to judge. */
function readAs(type: ScalarType | undefined, value: unknown): unknown {
  if (typeof value !== 'string') return value
  if ((type === 'number' || type === 'integer') && /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(value))
    return Number(value)
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true'
  return value
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
