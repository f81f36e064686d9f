import type { z } from 'zod'
import { computeAssetSchema } from './schema.ts'

/** An input as far as it can be read. */
export interface ReadableInput {
  readonly name: string | undefined
  /** File name of `from.bundled`. */
  readonly bundled: string | undefined
  readonly upload: boolean
  readonly sha256: string | undefined
  /** Bytes. */
  readonly maximumBytes: number | undefined
}

/**
 * Those fields of an asset that more is to be said about than its schema says, each as far as it can be read: so everything
 * that is wrong is told at once, also where something else in the asset does not fit the schema.
 */
export interface ReadableAsset {
  readonly id: string | undefined
  readonly version: string | undefined
  readonly image: string | undefined
  readonly envFile: string | undefined
  /** Whether the asset has a field `envFile`, readable or not. */
  readonly namesEnvFile: boolean
  readonly env: Readonly<Record<string, string>>
  readonly secrets: readonly string[]
  readonly parameters: Readonly<Record<string, unknown>>
  /** Names in `parameters.properties`. */
  readonly parameterNames: readonly string[]
  readonly inputs: readonly ReadableInput[]
  readonly outputs: readonly (string | undefined)[]
  readonly interactive: boolean
  /** Whether the worker is to have no network. */
  readonly isolated: boolean
}

const { metadata, worker, parameters, inputs, outputs } = computeAssetSchema.shape
const inputShape = inputs.unwrap().element.shape

/** Reads what can be read of an asset, whatever else it is. */
export function readableAsset(document: unknown): ReadableAsset {
  const described = field(document, 'metadata')
  const how = field(document, 'worker')
  return {
    id: readAs(metadata.shape.id, field(described, 'id')),
    version: readAs(metadata.shape.version, field(described, 'version')),
    image: readAs(worker.shape.image, field(how, 'image')),
    envFile: readAs(worker.shape.envFile, field(how, 'envFile')),
    namesEnvFile: field(how, 'envFile') !== undefined,
    env: Object.fromEntries(
      entries(field(how, 'env')).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
    secrets: list(field(how, 'secrets')).filter((name) => typeof name === 'string'),
    parameters: readAs(parameters, field(document, 'parameters')) ?? {},
    parameterNames: entries(field(field(document, 'parameters'), 'properties')).map(([name]) => name),
    inputs: list(field(document, 'inputs')).map(readInput),
    outputs: list(field(document, 'outputs')).map((output) =>
      readAs(outputs.element.shape.name, field(output, 'name')),
    ),
    interactive: field(document, 'mode') === 'interactive',
    isolated: field(how, 'network') === 'none',
  }
}

function readInput(input: unknown): ReadableInput {
  const from = field(input, 'from')
  const bundled = field(from, 'bundled')
  return {
    name: readAs(inputShape.name, field(input, 'name')),
    bundled: readAs(inputShape.name, bundled),
    upload: field(from, 'upload') === true,
    sha256: readAs(inputShape.sha256, field(input, 'sha256')),
    maximumBytes: readAs(inputShape.maximumBytes, field(input, 'maximumBytes')),
  }
}

function readAs<S extends z.ZodType>(schema: S, value: unknown): z.output<S> | undefined {
  const parsed = schema.safeParse(value)
  return parsed.success ? parsed.data : undefined
}

/** A field of an object; nothing where there is no such field of its own. */
function field(value: unknown, name: string): unknown {
  return entries(value).find(([key]) => key === name)?.[1]
}

function entries(value: unknown): readonly [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
