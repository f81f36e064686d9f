import test, { type ExecutionContext } from 'ava'
import { changed, fullAsset, leastAsset } from '../../test/support/example-asset.ts'
import { readAsset } from '../asset/read.ts'
import { acceptedJob, type QueuedJob } from './job.ts'
import { type BundledInput, makePlan, type RegisteredAsset } from './plan.ts'

const bundled: Readonly<Record<string, BundledInput>> = {
  'b.txt': { key: 'assets/x/b.txt', size: 3, sha256: 'c'.repeat(64) },
}

function registered(document: unknown, dotenv?: string, files = bundled): RegisteredAsset {
  return { ...readAsset(document, dotenv, { allowTags: false }), bundled: files }
}

function queued(parameters: Readonly<Record<string, string>>): QueuedJob {
  return {
    ...acceptedJob('job', { kind: 'transfer', transferId: 't', connectorId: 'c' }, 'word-count', 0),
    state: 'queued',
    attempt: 2,
    terms: { assetVersion: '1.2.3-rc.1', agreementId: 'a', consumerId: 'consumer', parameters },
  }
}

test('a plan names attempt, asset and consumer, and has the asset’s own words', (t) => {
  const asset = registered(fullAsset, 'LEVEL=3')
  const { steps, ...plan } = makePlan(queued({}), asset)
  t.deepEqual(plan, {
    ref: { jobId: 'job', attempt: 2 },
    assetId: 'word-count',
    assetVersion: '1.2.3-rc.1',
    consumerId: 'consumer',
  })
  t.is(steps.length, 1)
  const { worker, outputs, resources, placement, limits } = asset.asset
  t.like(steps[0], { name: 'main', worker, outputs, resources, placement, limits })
})

test('the provider’s env wins over the dotenv file, the consumer’s parameters over both', (t) => {
  const asset = registered(
    changed(fullAsset, 'worker.env', { LANGUAGE: 'en', LEVEL: 'env' }),
    'LEVEL=file\nTOP=file\nNAME=file',
  )
  const [step] = makePlan(queued({ TOP: 'consumer' }), asset).steps
  t.deepEqual(step.environment, { LANGUAGE: 'en', LEVEL: 'env', TOP: 'consumer', NAME: 'file' })
})

test('each input says where it comes from', (t) => {
  const [step] = makePlan(queued({}), registered(fullAsset, '')).steps
  t.deepEqual(step.inputs, [
    {
      name: 'a.txt',
      kind: 'file',
      source: { kind: 'url', url: 'https://example.org/a.txt' },
      maximumBytes: 1_048_576,
      sha256: 'b'.repeat(64),
    },
    {
      name: 'model',
      kind: 'archive',
      source: { kind: 's3', bucket: 'models', key: 'm/1.tar.gz' },
      maximumBytes: 10 * 2 ** 30,
    },
    {
      name: 'b.txt',
      kind: 'file',
      source: { kind: 'bundled', key: 'assets/x/b.txt' },
      maximumBytes: 10 * 2 ** 30,
      sha256: 'c'.repeat(64),
    },
  ])
})

test('the same job and asset always give the same plan', (t) => {
  t.deepEqual(
    makePlan(queued({ TOP: '1' }), registered(fullAsset, 'A=1')),
    makePlan(queued({ TOP: '1' }), registered(fullAsset, 'A=1')),
  )
})

for (const name of ['missing.txt', 'constructor', 'toString']) {
  test(`a bundled input ${name} that was not registered is an error`, (t) => {
    const asset: RegisteredAsset = registered(
      changed(leastAsset, 'inputs', [{ name: 'x', from: { bundled: name } }]),
      undefined,
      {},
    )
    throwsMissing(t, () => makePlan(queued({}), asset))
  })
}

function throwsMissing(t: ExecutionContext, run: () => unknown): void {
  t.throws(run, { message: /the input x was not registered with the asset/ })
}
