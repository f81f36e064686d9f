import type { ComputeAssetDocument } from '../../core/asset/schema.ts'

/** What a test changes of the small asset; parts are laid over its own. */
export interface AssetChanges {
  readonly worker?: Partial<ComputeAssetDocument['worker']>
  readonly inputs?: ComputeAssetDocument['inputs']
  readonly outputs?: ComputeAssetDocument['outputs']
  readonly resources?: ComputeAssetDocument['resources']
  readonly placement?: ComputeAssetDocument['placement']
  readonly limits?: ComputeAssetDocument['limits']
  readonly retention?: string
}

/** An asset whose worker is a shell script; it wants hardly anything of the node, so that many run side by side. One retry. */
export function smallAsset(id: string, script: string, changes: AssetChanges = {}): ComputeAssetDocument {
  return {
    apiVersion: 'dataspace-compute/v1',
    kind: 'ComputeAsset',
    metadata: { id, version: '1.0.0', title: id },
    worker: { image: 'localhost/busybox:1', command: ['/bin/sh', '-c', script], ...changes.worker },
    inputs: changes.inputs ?? [],
    outputs: changes.outputs ?? [{ name: 'out.txt', required: true }],
    resources: { cpu: '50m', memory: '32Mi', ephemeralStorage: '128Mi', ...changes.resources },
    placement: changes.placement ?? {},
    limits: { timeout: '2m', startTimeout: '90s', retries: 1, outputBytes: '1Mi', ...changes.limits },
    ...(changes.retention === undefined ? {} : { retention: changes.retention }),
  }
}
