import { z } from 'zod'
import { computeAssetSchema } from '../../core/asset/schema.ts'
import { assetMeanings } from './asset-meanings.ts'
import { takes, written } from './schema-words.ts'

/** A node of a JSON Schema. */
export type SchemaNode = z.core.JSONSchema.BaseSchema

/** A field of a compute asset as the documentation shows it. */
export interface AssetField {
  /** Names joined by `.`; `[]` stands for every element of a list. */
  readonly path: string
  readonly required: boolean
  /** As it would be written in the document; `undefined` where there is none, or where it is an object of defaults. */
  readonly byDefault: unknown
  /** What it takes, as Markdown. */
  readonly takes: string
  readonly meaning: string
}

/** A compute asset with nothing but what is required, and one element in each list whose elements have defaults. */
const smallest = computeAssetSchema.parse({
  apiVersion: 'dataspace-compute/v1',
  kind: 'ComputeAsset',
  metadata: { id: 'a', version: '1.0.0', title: 'a' },
  worker: { image: 'a', local: { command: ['a'] } },
  inputs: [{ name: 'a', from: { bundled: 'a' } }],
  outputs: [{ name: 'a' }],
})

/**
 * The JSON Schema of a compute asset as it is written, and its fields in order. The schema gets each field's meaning as its
 * description, and the defaults that zod leaves out because they are numbers once read (durations and sizes).
 * @throws where a field has no entry in asset-meanings.ts, or an entry has no field
 */
export function describedAsset(): { readonly schema: SchemaNode; readonly fields: readonly AssetField[] } {
  const schema: SchemaNode = z.toJSONSchema(computeAssetSchema, { io: 'input' })
  const fields: AssetField[] = []
  const root = schema.$defs?.['ComputeAsset']
  if (root === undefined) throw new Error('the JSON Schema has no definition ComputeAsset')
  walk(root, smallest, '', fields)
  const paths = new Set(fields.map((field) => field.path))
  const extra = Object.keys(assetMeanings).filter((path) => !paths.has(path))
  if (extra.length > 0) throw new Error(`asset-meanings.ts names what is no field: ${extra.join(', ')}`)
  return { schema, fields }
}

/** Visits the properties of an object, whether it is given as such, as one of several, or as the elements of a list. */
function walk(node: SchemaNode, value: unknown, prefix: string, fields: AssetField[]): void {
  for (const [name, property] of Object.entries(node.properties ?? {})) {
    if (typeof property === 'boolean') continue
    const path = `${prefix}${name}`
    const inside = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
    const required = node.required?.includes(name) === true
    describe(property, path, required, inside, fields)
    const [first] = Array.isArray(inside) ? (inside as readonly unknown[]) : []
    walk(property, inside, `${path}.`, fields)
    for (const one of property.anyOf ?? [])
      if (typeof one !== 'boolean') walk({ ...one, required: [] }, inside, `${path}.`, fields)
    if (isNode(property.items)) walk(property.items, first, `${path}[].`, fields)
  }
}

function describe(node: SchemaNode, path: string, required: boolean, value: unknown, fields: AssetField[]): void {
  const meaning = assetMeanings[path]
  if (meaning === undefined) throw new Error(`asset-meanings.ts lacks ${path}`)
  node.description = meaning
  const byDefault: unknown = node.default ?? (required ? undefined : written(node, value))
  if (byDefault !== undefined) Object.assign(node, { default: byDefault })
  fields.push({
    path,
    required,
    byDefault: node.properties === undefined ? byDefault : undefined,
    takes: takes(node),
    meaning,
  })
}

function isNode(items: SchemaNode['items']): items is SchemaNode {
  return typeof items === 'object' && !Array.isArray(items)
}
