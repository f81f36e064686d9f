import { createServer } from 'node:http'
import type { ComputeAssetDocument } from '../../../core/asset/schema.ts'
import { listen, stop } from '../../../demo/simulated-connector/http.ts'
import { type Entrypoint, startEntrypoint } from '../../support/entrypoint.ts'

/** Several service processes that share one database, and have no connector that could confirm anything: what they accept stays accepted. */
export interface Fleet {
  readonly services: readonly Entrypoint[]
  readonly publicUrls: readonly string[]
  /** A connector's message about a process. */
  message(processId: string): Readonly<Record<string, string>>
  close(): Promise<void>
}

const assetId = 'patience'

/** Starts them, with one asset registered. */
export async function startFleet(databaseUrl: string, count: number): Promise<Fleet> {
  const connector = createServer((request, response) => {
    request.resume()
    response.writeHead(503).end()
  })
  const managementUrl = `${await listen(connector)}/management`
  const services = await Promise.all(
    Array.from({ length: count }, () =>
      startEntrypoint({
        publicPort: 0,
        connector: { managementUrl, apiKey: 'key-of-the-connector' },
        environment: {
          DSC_DATABASE_URL: databaseUrl,
          DSC_BACKEND: 'local',
          DSC_OBJECT_STORE: 'directory',
          DSC_OBJECT_DIRECTORY: 'objects',
          DSC_LOCAL_DIRECTORY: 'work',
        },
      }),
    ),
  )
  const [first] = services
  if (first === undefined) throw new Error('there is no service')
  const form = new FormData()
  form.append('asset', new Blob([JSON.stringify(asset)]), 'asset.json')
  const response = await fetch(`${first.adminUrl}/api/v1/assets`, { method: 'POST', body: form })
  if (response.status !== 201) throw new Error(`the asset was not registered: ${await response.text()}`)
  return {
    services,
    publicUrls: services.map(({ publicUrl }) => publicUrl),
    message: (processId) => ({
      assetId,
      transferProcessId: processId,
      resourceDefinitionId: `definition-of-${processId}`,
      callbackAddress: `${managementUrl}/callback`,
    }),
    async close() {
      await Promise.all(services.map((service) => service.close()))
      await stop(connector)
    },
  }
}

const asset: ComputeAssetDocument = {
  apiVersion: 'dataspace-compute/v1',
  kind: 'ComputeAsset',
  metadata: { id: assetId, version: '1.0.0', title: 'Patience' },
  worker: { image: 'localhost/busybox:1', command: ['sleep'], local: { directory: '.', command: ['sleep', '1'] } },
  outputs: [{ name: 'never', kind: 'file', required: true }],
  resources: { cpu: '1', memory: '64Mi', ephemeralStorage: '64Mi' },
}
