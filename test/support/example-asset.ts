import type { ComputeAssetDocument } from '../../core/asset/schema.ts'

/** A digest that no image has. */
export const digest = `sha256:${'a'.repeat(64)}`

/** The least that a compute asset must say. */
export const leastAsset = {
  apiVersion: 'dataspace-compute/v1',
  kind: 'ComputeAsset',
  metadata: { id: 'sum', version: '1.0.0', title: 'Sum' },
  worker: { image: `registry.example/sum@${digest}` },
  outputs: [{ name: 'sum.txt' }],
} satisfies ComputeAssetDocument

/** A compute asset that says everything there is to say. */
export const fullAsset = {
  apiVersion: 'dataspace-compute/v1',
  kind: 'ComputeAsset',
  metadata: { id: 'word-count', version: '1.2.3-rc.1', title: 'Word count', description: 'Counts', keywords: ['text'] },
  worker: {
    image: `registry.example:5000/team/word-count:1.2@${digest}`,
    pullSecrets: ['registry-key'],
    command: ['node', '/app/count.mjs'],
    runAs: { user: 1000, group: 2000 },
    local: { directory: 'work', command: ['node', 'count.mjs'] },
    envFile: 'word-count.env',
    env: { LANGUAGE: 'en' },
    secrets: ['MODEL_KEY'],
    network: 'sidecar',
  },
  parameters: { type: 'object', properties: { TOP: { type: 'integer', default: 5 } } },
  inputs: [
    {
      name: 'a.txt',
      kind: 'file',
      from: { url: 'https://example.org/a.txt' },
      sha256: 'b'.repeat(64),
      maximumBytes: '1Mi',
    },
    { name: 'model', kind: 'archive', from: { s3: { bucket: 'models', key: 'm/1.tar.gz' } } },
    { name: 'b.txt', from: { bundled: 'b.txt' } },
  ],
  outputs: [
    { name: 'counts.json', kind: 'file', required: true, mediaType: 'application/json' },
    { name: 'plots', kind: 'directory' },
  ],
  resources: {
    cpu: '500m',
    memory: '2Gi',
    ephemeralStorage: '3Gi',
    sharedMemory: '64Mi',
    gpu: { resource: 'nvidia.com/gpu', count: 2 },
  },
  placement: {
    nodeSelector: { disk: 'ssd' },
    tolerations: [{ key: 'gpu', operator: 'Exists', effect: 'NoSchedule' }],
    priorityClass: 'low',
    runtimeClass: 'gvisor',
  },
  limits: {
    timeout: '90s',
    startTimeout: '2m',
    retries: 3,
    concurrentJobs: 7,
    jobsPerAgreement: 9,
    outputBytes: '5Mi',
  },
  mode: 'batch',
  transfers: ['pull', 'push-sync'],
  onFailure: 'terminate',
  retention: '1d',
} satisfies ComputeAssetDocument

/** A copy of a document with something else at a path such as `worker.env` or `inputs.0.name`; `undefined` takes it away. */
export function changed(document: object, path: string, value: unknown): Record<string, unknown> {
  const copy: Record<string, unknown> = { ...structuredClone(document) }
  const names = path.split('.')
  const last = names.pop() ?? ''
  let place = copy
  for (const name of names) {
    const inside = place[name]
    if (typeof inside !== 'object' || inside === null) throw new Error(`there is no ${name} of ${path}`)
    place = inside as Record<string, unknown>
  }
  if (value === undefined) delete place[last]
  else place[last] = value
  return copy
}
