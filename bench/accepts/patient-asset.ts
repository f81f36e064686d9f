import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ComputeAssetDocument } from '../../core/asset/schema.ts'

/** Id of the asset whose only slot is taken for good by its first job. */
export const assetId = 'patience'

/** Writes it: workers' processes would be measured with the accepts. */
export async function writePatientAsset(
  folder: string,
  { transfers, jobsPerAgreement }: { transfers?: ComputeAssetDocument['transfers']; jobsPerAgreement: number },
): Promise<void> {
  await mkdir(folder, { recursive: true })
  const asset: ComputeAssetDocument = {
    apiVersion: 'dataspace-compute/v1',
    kind: 'ComputeAsset',
    metadata: { id: assetId, version: '1.0.0', title: 'Patience' },
    worker: { image: 'localhost/busybox:1', command: ['sleep'], local: { directory: '.', command: ['sleep', '600'] } },
    outputs: [{ name: 'never', kind: 'file', required: true }],
    resources: { cpu: '1', memory: '64Mi', ephemeralStorage: '64Mi' },
    limits: { timeout: '1h', concurrentJobs: 1, jobsPerAgreement },
    ...(transfers === undefined ? {} : { transfers }),
  }
  await writeFile(join(folder, 'asset.yaml'), JSON.stringify(asset))
}
