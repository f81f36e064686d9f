import { stringify } from 'yaml'
import type { ComputeAssetDocument } from '../../../core/asset/schema.ts'

/** The assets of the trials: they differ in what becomes of a job that fails. */
export const trialAssets = [
  { id: 'steady', limits: { retries: 2, timeout: '30s' }, onFailure: 'terminate' },
  { id: 'patient', limits: { retries: 10, timeout: '30s' }, onFailure: 'terminate' },
  { id: 'reporting', limits: { retries: 0, timeout: '30s' }, onFailure: 'report' },
  { id: 'hasty', limits: { retries: 0, timeout: '1s' }, onFailure: 'terminate' },
] as const satisfies readonly {
  id: string
  limits: ComputeAssetDocument['limits']
  onFailure: ComputeAssetDocument['onFailure']
}[]
/** The id of one of them. */
export type TrialAsset = (typeof trialAssets)[number]['id']

/** On a real cluster: the name of the pod tells the attempt. */
const script = `attempt=\${HOSTNAME%-*}; attempt=\${attempt##*-}
echo computes; sleep $((WORK_MS / 1000)); printf %s "$TEXT" > "$OUTPUT_DIR/result.txt"
[ "$attempt" -le "$FAIL_ATTEMPTS" ] && exit 3; exit "$EXIT"`

/** How many jobs of one asset run at once. */
const atOnce = 4

/** Registers an asset with a bundled file, as an operator does. @returns the status of the answer, `undefined` where none came */
export async function registerTrialAsset(
  adminUrl: string,
  { id, limits, onFailure }: (typeof trialAssets)[number],
  version: string,
): Promise<number | undefined> {
  const number = { type: 'integer', default: 0 } as const
  const document: ComputeAssetDocument = {
    apiVersion: 'dataspace-compute/v1',
    kind: 'ComputeAsset',
    metadata: { id, version, title: `Trial ${id}` },
    worker: {
      image: 'localhost/busybox:1',
      command: ['/bin/sh', '-c', script],
      local: { directory: '.', command: ['node', 'worker.mjs'] },
    },
    resources: { cpu: '50m', memory: '32Mi', ephemeralStorage: '64Mi' },
    parameters: {
      type: 'object',
      properties: { WORK_MS: number, EXIT: number, FAIL_ATTEMPTS: number, TEXT: { type: 'string', default: '' } },
      additionalProperties: false,
    },
    inputs: [{ name: 'input.txt', from: { bundled: 'input.txt' } }],
    outputs: [{ name: 'result.txt', required: true }],
    limits: { ...limits, startTimeout: '2m', concurrentJobs: atOnce, jobsPerAgreement: 1_000_000 },
    transfers: ['pull', 'push'],
    onFailure,
    retention: '1s',
  }
  const form = new FormData()
  form.append('asset', new Blob([stringify(document)]), 'asset.yaml')
  form.append('bundled', new Blob(['the input of a trial\n']), 'input.txt')
  const answer = await fetch(`${adminUrl}/api/v1/assets`, { method: 'POST', body: form }).catch(() => undefined)
  await answer?.arrayBuffer().catch(() => undefined)
  return answer?.status
}
