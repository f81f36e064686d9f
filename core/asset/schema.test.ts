import { Ajv2020 } from 'ajv/dist/2020.js'
import test from 'ava'
import { z } from 'zod'
import { changed, fullAsset, leastAsset } from '../../test/support/example-asset.ts'
import { computeAssetSchema } from './schema.ts'

test('everything but the least has a default', (t) => {
  t.deepEqual(computeAssetSchema.parse(leastAsset), {
    ...leastAsset,
    metadata: { ...leastAsset.metadata, description: '', keywords: [] },
    worker: {
      ...leastAsset.worker,
      pullSecrets: [],
      runAs: { user: 65532, group: 65532 },
      env: {},
      secrets: [],
      network: 'sidecar',
    },
    parameters: {},
    inputs: [],
    outputs: [{ name: 'sum.txt', kind: 'file', required: false }],
    resources: { cpu: '1', memory: '1Gi', ephemeralStorage: '2Gi' },
    placement: { nodeSelector: {}, tolerations: [], priorityClass: '', runtimeClass: '' },
    limits: {
      timeout: 3_600_000,
      startTimeout: 600_000,
      retries: 0,
      concurrentJobs: 4,
      jobsPerAgreement: 10,
      outputBytes: 10 * 2 ** 30,
    },
    mode: 'batch',
    transfers: ['pull'],
    onFailure: 'terminate',
    retention: 7 * 86_400_000,
  })
})

test('every field is taken as it is written; durations become milliseconds, byte limits bytes, quantities stay', (t) => {
  const [url, s3, bundled] = fullAsset.inputs
  t.deepEqual(computeAssetSchema.parse(fullAsset), {
    ...fullAsset,
    inputs: [
      { ...url, maximumBytes: 1_048_576 },
      { ...s3, maximumBytes: 10 * 2 ** 30 },
      { ...bundled, kind: 'file', maximumBytes: 10 * 2 ** 30 },
    ],
    outputs: [fullAsset.outputs[0], { ...fullAsset.outputs[1], required: false }],
    limits: { ...fullAsset.limits, timeout: 90_000, startTimeout: 120_000, outputBytes: 5_242_880 },
    retention: 86_400_000,
  })
})

const objects = [
  '',
  'metadata',
  'worker',
  'worker.runAs',
  'worker.local',
  'resources',
  'resources.gpu',
  'placement',
  'limits',
  'inputs.0',
  'inputs.0.from',
  'inputs.1.from.s3',
  'outputs.0',
  'placement.tolerations.0',
]
for (const place of objects) {
  test(`an unknown field in ${place === '' ? 'the document' : place} is an error`, (t) => {
    const path = place === '' ? 'tiemout' : `${place}.tiemout`
    t.false(computeAssetSchema.safeParse(changed(fullAsset, path, 1)).success)
  })
}

for (const path of [
  'apiVersion',
  'kind',
  'metadata',
  'metadata.id',
  'metadata.version',
  'metadata.title',
  'worker',
  'worker.image',
  'worker.local.command',
  'outputs',
  'outputs.0.name',
  'inputs.0.name',
  'inputs.0.from',
  'resources.gpu.count',
  'worker.runAs.user',
]) {
  test(`${path} must be there`, (t) => t.deepEqual(whereWrong(path, undefined), [shown(path)]))
}

const wrong: readonly (readonly [path: string, value: unknown])[] = [
  ['apiVersion', 'dataspace-compute/v2'],
  ['kind', 'computeAsset'],
  ['metadata.id', ''],
  ['metadata.id', 'Word'],
  ['metadata.id', '-a'],
  ['metadata.id', 'a-'],
  ['metadata.id', 'a_b'],
  ['metadata.id', 'a'.repeat(51)],
  ['metadata.version', '1.0'],
  ['metadata.version', 'v1.0.0'],
  ['metadata.version', '1.0.0-'],
  ['metadata.version', '1.0.0/../x'],
  ['metadata.title', ''],
  ['metadata.keywords.0', ''],
  ['worker.image', ''],
  ['worker.pullSecrets.0', 'Registry_Key'],
  ['worker.command', []],
  ['worker.command', 'node x'],
  ['worker.runAs.user', 0],
  ['worker.runAs.group', 0],
  ['worker.runAs.user', -1],
  ['worker.runAs.user', 1.5],
  ['worker.envFile', '../x.env'],
  ['worker.envFile', 'a/b.env'],
  ['worker.env.LANGUAGE', 5],
  ['worker.env.PATH', '/x'],
  ['worker.env.a-b', 'x'],
  ['worker.env.LANGUAGE', 'a\0b'],
  ['worker.env.LANGUAGE', 'x'.repeat(32 * 1024 + 1)],
  ['worker.secrets.0', 'LD_PRELOAD'],
  ['parameters', []],
  ['inputs.0.name', '../a'],
  ['inputs.0.name', 'a/b'],
  ['inputs.0.name', '..'],
  ['inputs.0.name', ''],
  ['inputs.0.kind', 'folder'],
  ['inputs.0.from.url', 'ftp://example.org/a'],
  ['inputs.0.from.url', 'file:///etc/passwd'],
  ['inputs.0.from', { url: 'https://a.example', bundled: 'a' }],
  ['inputs.0.from', {}],
  ['inputs.1.from.s3.bucket', 'ab'],
  ['inputs.1.from.s3.key', ''],
  ['inputs.1.from.s3.key', '*'],
  ['inputs.1.from.s3.key', 'models/?.bin'],
  ['inputs.1.from.s3.key', 'models/${aws:username}'],
  ['inputs.2.from.bundled', '../x'],
  ['inputs.0.from', { upload: false }],
  ['inputs.0.sha256', 'B'.repeat(64)],
  ['inputs.0.sha256', 'b'.repeat(63)],
  ['inputs.0.maximumBytes', 1024],
  ['outputs', []],
  ['outputs.0.name', 'a b'],
  ['outputs.0.name', 'a/b'],
  ['outputs.0.kind', 'archive'],
  ['outputs.0.required', 'yes'],
  ['outputs.0.mediaType', 'json'],
  ['outputs.0.mediaType', 'text/csv\r\nX-Evil: 1'],
  ['resources.cpu', 1],
  ['resources.cpu', 'one'],
  ['resources.memory', '1gb'],
  ['resources.gpu.count', 0],
  ['resources.gpu.resource', 'gpu'],
  ['placement.nodeSelector.disk', 1],
  ['placement.tolerations.0.operator', 'In'],
  ['placement.tolerations.0.effect', 'Never'],
  ['limits.timeout', '1 hour'],
  ['limits.timeout', 3600],
  ['limits.retries', 11],
  ['limits.retries', -1],
  ['limits.concurrentJobs', 0],
  ['limits.jobsPerAgreement', 0],
  ['limits.outputBytes', '-1'],
  ['mode', 'stream'],
  ['transfers', []],
  ['transfers.0', 'fetch'],
  ['transfers', ['pull', 'push', 'pull']],
  ['onFailure', 'ignore'],
  ['retention', 'for ever'],
]
for (const [path, value] of wrong) {
  test(`${path}: ${JSON.stringify(value).slice(0, 40)} is wrong, and the place is named`, (t) => {
    t.deepEqual(whereWrong(path, value), [shown(path)])
  })
}

for (const path of ['limits.timeout', 'limits.startTimeout', 'retention']) {
  test(`${path} of millions of years, which no clock can add, is refused`, (t) => {
    t.deepEqual(whereWrong(path, '999999999d'), [path])
  })
}

test('a start that may take no time is refused: nothing could ever start', (t) => {
  t.deepEqual(whereWrong('limits.startTimeout', '0s'), ['limits.startTimeout'])
})

test('everything that is wrong is told at once', (t) => {
  const document = changed(changed(changed(fullAsset, 'metadata.id', 'A'), 'limits.retries', 99), 'mode', 'x')
  t.deepEqual(wheres(document), ['metadata.id', 'limits.retries', 'mode'])
})

for (const document of [undefined, null, 'text', 5, [], {}]) {
  test(`${JSON.stringify(document)} is no compute asset`, (t) =>
    t.false(computeAssetSchema.safeParse(document).success))
}

test('the JSON Schema made of it takes what it takes, and refuses unknown and missing fields', (t) => {
  const published = new Ajv2020({ strict: false, validateFormats: false }).compile(
    z.toJSONSchema(computeAssetSchema, { io: 'input' }),
  )
  t.true(published(leastAsset))
  t.true(published(fullAsset))
  t.false(published(changed(fullAsset, 'limits.tiemout', '1h')))
  t.false(published(changed(fullAsset, 'metadata.id', undefined)))
  t.false(published(changed(fullAsset, 'limits.timeout', '1 hour')))
})

function whereWrong(path: string, value: unknown): readonly string[] {
  return wheres(changed(fullAsset, path, value))
}

function wheres(document: unknown): readonly string[] {
  const result = computeAssetSchema.safeParse(document)
  return result.success ? [] : result.error.issues.map((issue) => z.core.toDotPath(issue.path))
}

/** `inputs.0.name` as problems show it: `inputs[0].name`. */
function shown(path: string): string {
  return path.replaceAll(/\.(\d+)/g, '[$1]').replace('.a-b', '["a-b"]')
}
