import type { AssetNames } from './names.ts'

/** asset.yaml of a new asset. */
export function assetDocument({ id, title }: AssetNames): string {
  return `# A compute asset: what a consumer may have computed here. \`dsc asset validate .\` checks it.
apiVersion: dataspace-compute/v1
kind: ComputeAsset
metadata:
  id: ${id} # the connector's asset id, letter for letter
  version: 1.0.0 # raise it with every change: a version that a job has used stays as it is
  title: ${JSON.stringify(title)}
  description: Summarises numbers that stay with their provider.
  keywords: [example]

worker:
  image: localhost/${id}:1 # a tag is accepted in development only; in production name the image by digest
  command: [node, /app/worker.mjs]
  runAs: { user: 65532, group: 65532 }
  local: { directory: ., command: [node, worker.mjs] } # how the local backend runs the same worker
  envFile: ${id}.env # the worker's defaults

# What a consumer may set: JSON Schema. Each parameter becomes an environment variable and goes before the default in ${id}.env.
parameters:
  type: object
  additionalProperties: false
  properties:
    PERCENTILE:
      type: number
      minimum: 0
      maximum: 100
      description: Which percentile the summary holds besides minimum, maximum and mean.

inputs:
  - { name: numbers.txt, kind: file, from: { bundled: numbers.txt } } # the worker reads INPUT_DIR/numbers.txt

outputs:
  - { name: summary.json, kind: file, required: true, mediaType: application/json } # the worker writes OUTPUT_DIR/summary.json

resources: { cpu: 250m, memory: 128Mi, ephemeralStorage: 256Mi }

limits:
  timeout: 1m # of the worker alone
  startTimeout: 5m
  retries: 0
  concurrentJobs: 4
  jobsPerAgreement: 100
  outputBytes: 1Mi

retention: 7d # how long a result is kept after its transfer completed
`
}
