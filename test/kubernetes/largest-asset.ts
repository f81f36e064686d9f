import { readAsset } from '../../core/asset/read.ts'
import { makePlan, type Plan } from '../../core/job/plan.ts'
import { digest } from '../support/example-asset.ts'

const numbers = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => String(index))
const long = (prefix: string, length: number): string => prefix + '_'.repeat(length - prefix.length)

/** The plan of an asset with as much of everything as registration takes, and parameters to match. */
export function largestPlan(): Plan {
  const provided = numbers(15).map((index) => [`E${index}`, 'x'.repeat(32_768)] as const)
  const names = numbers(15).map((index) => `P${index}`)
  const document = {
    apiVersion: 'dataspace-compute/v1',
    kind: 'ComputeAsset',
    metadata: { id: 'a'.repeat(50), version: '1.0.0', title: 'Largest' },
    worker: {
      image: `registry.example/${'a'.repeat(420)}@${digest}`,
      pullSecrets: numbers(8).map((index) => index.repeat(253)),
      command: numbers(16).map(() => '$'.repeat(8192)),
      env: Object.fromEntries(provided),
      secrets: numbers(64).map((index) => long(`S${index}`, 128)),
    },
    parameters: { type: 'object', properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) },
    inputs: numbers(64).map((index) => ({
      name: `i${index}`,
      from: { url: `https://data.example/${'p'.repeat(4000)}` },
    })),
    outputs: numbers(64).map((index) => ({ name: long(`o${index}`, 128) })),
    placement: {
      nodeSelector: Object.fromEntries(numbers(100).map((index) => [long(`l${index}`, 62) + 'x', 'v'.repeat(63)])),
      tolerations: numbers(32).map((index) => ({ key: `t${index}`, operator: 'Exists', effect: 'NoExecute' })),
    },
  }
  const read = readAsset(document, undefined, { allowTags: false })
  const checked = read.parameters.check(Object.fromEntries(names.map((name) => [name, 'y'.repeat(32_768)])))
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems))
  const terms = {
    assetVersion: '1.0.0',
    agreementId: 'agreement',
    consumerId: 'did:web:consumer.example',
    parameters: checked.environment,
  }
  return makePlan({ id: '3e6f0a0e-0d43-4a35-b7f4-1f1d9a0f8f5c', attempt: 11, terms }, { ...read, bundled: {} })
}
