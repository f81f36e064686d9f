import { compileParameters } from '../asset/parameters.ts'
import { firstTransfer, type OfferAccess } from './access.ts'

/** A transfer request as a consumer may send it, without what names agreement and provider. */
export interface TransferExample {
  readonly transferType: string
  readonly dataDestination?: { readonly type: string; readonly params: string }
}

/** An example of a transfer request. Its parameters are accepted by the asset's schema; where no such can be told from it, there are none. */
export function transferExample(parameters: Readonly<Record<string, unknown>>, access: OfferAccess): TransferExample {
  const values = exampleValues(parameters)
  const { transferType, type } = firstTransfer(access)
  // Where a push goes is for the consumer to say, and parameters with it.
  if (values === undefined || type === 'push') return { transferType }
  return { transferType, dataDestination: parametersAlone(access, JSON.stringify(values)) }
}

/** A dataDestination of a pull, which says nothing but parameters. */
export function parametersAlone(
  { told }: OfferAccess,
  params: string,
): NonNullable<TransferExample['dataDestination']> {
  return { type: told === 'connector' ? 'HttpProxy' : 'ComputeInput', params }
}

/** Values for the parameters that the schema accepts; `undefined` where there are no parameters, or none are easily found. */
function exampleValues(parameters: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined {
  const compiled = compileParameters(parameters)
  if (!compiled.ok || compiled.schema.names.length === 0) return undefined
  const properties = recordOf(parameters['properties'])
  const { required } = parameters
  const all = Object.entries(properties).map(([name, schema]) => [name, exampleOf(recordOf(schema))] as const)
  const needed = all.filter(([name]) => Array.isArray(required) && required.includes(name))
  return [all, needed].map((entries) => Object.fromEntries(entries)).find((values) => compiled.schema.check(values).ok)
}

/** A value for one parameter, from what its schema says about it. */
function exampleOf(schema: Readonly<Record<string, unknown>>): unknown {
  const { examples, enum: values } = schema
  for (const value of [schema['default'], listOf(examples)[0], schema['const'], listOf(values)[0], schema['minimum']])
    if (value !== undefined) return value
  switch (schema['type']) {
    case 'boolean':
      return true
    case 'string':
      return 'text'
    default:
      return 1
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
