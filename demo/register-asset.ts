import { openAsBlob } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { z } from 'zod'

/** Only what says which files belong to an asset; the service judges the rest. */
const filesSchema = z.looseObject({
  worker: z.looseObject({ envFile: z.string().optional() }),
  inputs: z.array(z.looseObject({ from: z.looseObject({ bundled: z.string().optional() }) })).default([]),
})

/**
 * Registers the asset in a folder through the admin API, with the dotenv file and the bundled inputs that it names, as
 * `curl -F asset=@asset.yaml -F envFile=@… -F bundled=@…` would.
 * @param id registers it under another id than its own
 * @throws with the service's answer where it refuses
 */
export async function registerAssetFolder(
  adminUrl: string,
  folder: string,
  id?: string,
): Promise<{ id: string; version: string }> {
  const document = parseDocument(await readFile(join(folder, 'asset.yaml'), 'utf8'))
  if (id !== undefined) document.setIn(['metadata', 'id'], id)
  const asset = document.toString()
  const { worker, inputs } = filesSchema.parse(document.toJS())
  const form = new FormData()
  form.append('asset', new Blob([asset]), 'asset.yaml')
  if (worker.envFile !== undefined)
    form.append('envFile', await openAsBlob(join(folder, worker.envFile)), worker.envFile)
  for (const { from } of inputs) {
    if (from.bundled !== undefined) form.append('bundled', await openAsBlob(join(folder, from.bundled)), from.bundled)
  }
  const response = await fetch(`${adminUrl}/api/v1/assets`, { method: 'POST', body: form })
  if (response.status !== 201) throw new Error(`the asset was not registered: ${await response.text()}`)
  return z.object({ id: z.string(), version: z.string() }).parse(await response.json())
}
