import { z } from 'zod'
import { isNotFound } from '../api/api-error.ts'
import type { Transport } from '../api/transport.ts'
import { ourSelector } from '../labels.ts'
import type { Applied } from './objects.ts'
import type { TenantOptions } from './options.ts'

const copiedSchema = z.object({
  type: z.string().optional(),
  data: z.record(z.string(), z.string()).optional(),
  binaryData: z.record(z.string(), z.string()).optional(),
})

/**
 * The Secrets and ConfigMaps that a consumer's namespace shall hold, as they are now at home; one that is not there is no error here:
 * a pod that needs it says so.
 */
export async function copies(transport: Transport, namespace: string, options: TenantOptions): Promise<Applied[]> {
  const wanted = [
    ...options.copies.secrets.map((name) => ['Secret', 'secrets', name] as const),
    ...options.copies.configMaps.map((name) => ['ConfigMap', 'configmaps', name] as const),
  ]
  const found = await Promise.all(
    wanted.map(async ([kind, plural, name]): Promise<Applied[]> => {
      const from = await read(transport, `/api/v1/namespaces/${options.home}/${plural}/${name}`)
      if (from === undefined) return []
      const [key = '', value = ''] = ourSelector.split('=')
      const metadata = { name, namespace, labels: { [key]: value } }
      const path = `/api/v1/namespaces/${namespace}/${plural}/${name}`
      return [{ path, object: { apiVersion: 'v1', kind, metadata, ...from } }]
    }),
  )
  return found.flat()
}

async function read(transport: Transport, path: string): Promise<z.output<typeof copiedSchema> | undefined> {
  try {
    return copiedSchema.parse((await transport.send({ method: 'GET', path })).body)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
