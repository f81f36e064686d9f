import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv } from 'ajv'

/** Says what is wrong with a message by one of the specification's schemas; undefined where nothing is. */
export type Oracle = (schema: string, message: unknown) => string | undefined

/** Where the schemas refer to each other. */
const base = 'https://w3id.org/dspace-sig/v1.0/'

/**
 * Reads the published JSON Schemas of one generation.
 * @param folder has `rc2/` and `rc3/`, and `dsp/` with the schema of data addresses
 */
export async function readOracle(folder: string, generation: 'rc2' | 'rc3'): Promise<Oracle> {
  const ajv = new Ajv({ strict: false, allErrors: true, formats: { uri: (value: string) => URL.canParse(value) } })
  const add = async (path: string, id?: string): Promise<void> => {
    // One of them names a newer version of JSON Schema, of which it uses nothing.
    const { $schema: _, ...schema } = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
    ajv.addSchema(id === undefined ? schema : { ...schema, $id: id })
  }
  for (const file of await readdir(join(folder, generation)))
    if (!file.startsWith('AgreementResponse')) await add(join(folder, generation, file), base + file)
  await add(join(folder, 'dsp', 'data-address-schema.json'))
  return (name, message) => {
    const validate = ajv.getSchema(`${base}${name}.schema.json`)
    if (validate === undefined) throw new Error(`there is no schema ${name}`)
    return validate(JSON.parse(JSON.stringify(message))) === true ? undefined : ajv.errorsText(validate.errors)
  }
}
