import { mkdir } from 'node:fs/promises'
import { startPlainConnector } from '../frame/plain-connector.ts'
import { startServiceProcess } from '../frame/service-process.ts'
import { type Seed, seededAsset } from '../scale/seed-store.ts'
import { standInNamespace, startStandIn } from '../stand-in/api-server.ts'
import { startEmptyBucket } from '../stand-in/empty-bucket.ts'
import { writeStandInKubeconfig } from '../stand-in/identity.ts'
import { fillDatabase } from './drain.ts'
import type { BenchSchema } from './schema.ts'

/**
 * How long the service takes from its start until it is ready, in milliseconds.
 * @param seed what the database is filled with first; nothing where it was before
 */
export async function readyAfter(folder: string, schema: BenchSchema, seed: Seed | undefined): Promise<number> {
  await mkdir(folder, { recursive: true })
  if (seed !== undefined) await fillDatabase(schema, seed)
  const running = (await schema.query(`SELECT id FROM jobs WHERE state = 'running'`)).map(({ id }) => String(id))
  const connector = await startPlainConnector(seededAsset)
  const standIn = await startStandIn(running, undefined)
  const bucket = await startEmptyBucket()
  try {
    const kubeconfig = await writeStandInKubeconfig(folder, standIn.url, undefined)
    const service = await startServiceProcess({
      folder,
      connector: { managementUrl: connector.managementUrl, apiKey: connector.apiKey },
      environment: {
        DSC_DATABASE_URL: schema.url,
        DSC_BACKEND: 'kubernetes',
        KUBECONFIG: kubeconfig,
        DSC_KUBERNETES_NAMESPACE: standInNamespace,
        DSC_SIDECAR_IMAGE: 'localhost/sidecar:1',
        ...bucket.environment,
      },
    })
    await service.kill()
    return service.readyMs
  } finally {
    await standIn.close()
    await connector.close()
    await bucket.close()
  }
}
