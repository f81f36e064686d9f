import type { ComputeAssetDocument } from '../../core/asset/schema.ts'

/** An asset whose worker is a shell script that wants hardly anything of the node. */
export function shellAsset(
  id: string,
  script: string,
  slots: number,
  nodeSelector: Readonly<Record<string, string>> = {},
): ComputeAssetDocument {
  return {
    apiVersion: 'dataspace-compute/v1',
    kind: 'ComputeAsset',
    metadata: { id, version: '1.0.0', title: id },
    worker: { image: 'localhost/busybox:1', command: ['/bin/sh', '-c', script] },
    outputs: [{ name: 'out.txt', kind: 'file', required: true }],
    resources: { cpu: '50m', memory: '32Mi', ephemeralStorage: '64Mi' },
    placement: { nodeSelector },
    limits: { timeout: '2m', startTimeout: '30m', concurrentJobs: slots, outputBytes: '1Mi' },
  }
}
