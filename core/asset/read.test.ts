import test, { type ExecutionContext } from 'ava'
import { changed, digest, fullAsset, leastAsset } from '../../test/support/example-asset.ts'
import { ServiceError } from '../errors.ts'
import { type AssetRules, readAsset } from './read.ts'

const strict: AssetRules = { allowTags: false }
const dotenv = 'LEVEL=3\nNAME="a b"\n'

/** What readAsset says against a document: its code and the places. */
function refusal(t: ExecutionContext, document: unknown, dotenvText?: string, rules = strict): [string, ...string[]] {
  const error = t.throws(() => readAsset(document, dotenvText, rules), { instanceOf: ServiceError })
  return [error.code, ...error.problems.map(({ where }) => where)]
}

test('a good asset comes back with its dotenv file and its parameters', (t) => {
  const read = readAsset(fullAsset, dotenv, strict)
  t.is(read.asset.metadata.id, 'word-count')
  t.deepEqual(read.dotenv, { LEVEL: '3', NAME: 'a b' })
  t.deepEqual(read.parameters.names, ['TOP'])
  t.deepEqual(read.parameters.check({ TOP: '7' }), { ok: true, environment: { TOP: '7' } })
})

test('an asset that names no dotenv file has no variables from one', (t) => {
  t.deepEqual(readAsset(leastAsset, undefined, strict).dotenv, {})
})

test('what does not fit the schema is invalid-asset, together with the bad lines of the dotenv file', (t) => {
  t.deepEqual(refusal(t, changed(fullAsset, 'mode', 'x'), 'A=1\nb c\n'), ['invalid-asset', 'mode', 'dotenv line 2'])
})

test('what the schema says of one field hides nothing of the others', (t) => {
  let document = changed(fullAsset, 'limits.retries', 99)
  document = changed(document, 'worker.runAs', { user: 0, group: 1 })
  document = changed(document, 'worker.env', { LANGUAGE: 5, MODEL_KEY: 'x', TOP: '1' })
  document = changed(document, 'worker.image', 'registry.example/x:latest')
  document = changed(document, 'parameters.properties.PATH', { type: 'string' })
  document = changed(document, 'inputs', [{ name: 'a', from: { upload: true }, kind: 'x' }, { name: 'A' }])
  document = changed(document, 'outputs', [{ name: 'b', tiemout: 1 }, { name: 'B' }])
  const [code, ...places] = refusal(t, document, 'A=1\nPATH=x')
  t.is(code, 'invalid-asset')
  t.deepEqual(places.toSorted(), [
    'dotenv line 2',
    'inputs[0].from',
    'inputs[0].kind',
    'inputs[1].from',
    'inputs[1].name',
    'limits.retries',
    'outputs[0].tiemout',
    'outputs[1].name',
    'parameters.properties.PATH',
    'worker.env.LANGUAGE',
    'worker.env.TOP',
    'worker.image',
    'worker.runAs.user',
    'worker.secrets[0]',
  ])
})

test('bad lines alone are invalid-dotenv', (t) => {
  t.deepEqual(refusal(t, fullAsset, 'A=1\nPATH=x\nA=2'), ['invalid-dotenv', 'dotenv line 2', 'dotenv line 3'])
})

test('a dotenv file that is named but was not sent, and the other way round', (t) => {
  t.deepEqual(refusal(t, fullAsset), ['invalid-asset', 'worker.envFile'])
  t.deepEqual(refusal(t, leastAsset, dotenv), ['invalid-asset', 'worker.envFile'])
})

test('everything that is wrong is told at once: schema of the parameters, names, image, features, dotenv', (t) => {
  let document = changed(fullAsset, 'parameters', { type: 'object', properties: { TOP: {} } })
  document = changed(document, 'worker.image', 'registry.example/x:latest')
  document = changed(document, 'mode', 'interactive')
  document = changed(document, 'outputs', [{ name: 'a' }, { name: 'A' }])
  const [code, ...places] = refusal(t, document, 'PATH=x')
  t.is(code, 'invalid-asset')
  t.deepEqual(places.toSorted(), [
    'dotenv line 1',
    'mode',
    'outputs[1].name',
    'parameters.properties.TOP.type',
    'worker.image',
  ])
})

const contradictions: readonly (readonly [title: string, path: string, value: unknown, where: string])[] = [
  ['a parameter that the provider fixes', 'worker.env.TOP', '1', 'worker.env.TOP'],
  ['a parameter that is a secret', 'worker.secrets', ['TOP'], 'worker.secrets[0]'],
  ['a secret that stands in env in clear', 'worker.env.MODEL_KEY', 'x', 'worker.secrets[0]'],
  [
    'two inputs of one name',
    'inputs',
    [
      { name: 'a', from: { bundled: 'x' } },
      { name: 'a', from: { bundled: 'y' } },
    ],
    'inputs[1].name',
  ],
  [
    'two inputs that differ in upper and lower case only',
    'inputs',
    [
      { name: 'a', from: { bundled: 'x' } },
      { name: 'A', from: { bundled: 'y' } },
    ],
    'inputs[1].name',
  ],
  ['two outputs of one name', 'outputs', [{ name: 'a' }, { name: 'a', kind: 'directory' }], 'outputs[1].name'],
  ['a timeout that no worker can keep', 'limits.timeout', '999ms', 'limits.timeout'],
]
for (const [title, path, value, where] of contradictions) {
  test(`refuses ${title}`, (t) =>
    t.deepEqual(refusal(t, changed(fullAsset, path, value), dotenv), ['invalid-asset', where]))
}

test('refuses a secret that stands in the dotenv file in clear', (t) => {
  t.deepEqual(refusal(t, fullAsset, 'MODEL_KEY=x'), ['invalid-asset', 'worker.secrets[0]'])
})

test('refuses more environment than a ConfigMap takes', (t) => {
  const env = Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`V${index}`, 'x'.repeat(32 * 1024 - 10)]))
  t.deepEqual(refusal(t, changed(leastAsset, 'worker.env', env)), ['invalid-asset', 'worker.env'])
})

for (const name of ['constructor', 'toString', 'valueOf']) {
  test(`${name} is a name like any other for parameters and secrets`, (t) => {
    const parameters = { type: 'object', properties: { [name]: { type: 'string' } } }
    t.notThrows(() => readAsset(changed(leastAsset, 'parameters', parameters), undefined, strict))
    t.notThrows(() => readAsset(changed(leastAsset, 'worker.secrets', [name]), undefined, strict))
  })
}

const unavailable: readonly (readonly [path: string, value: unknown, where: string])[] = [
  ['mode', 'interactive', 'mode'],
  [
    'inputs',
    [
      { name: 'a', from: { bundled: 'a' } },
      { name: 'b', from: { upload: true } },
    ],
    'inputs[1].from',
  ],
]
for (const [path, value, where] of unavailable) {
  test(`${path} ${JSON.stringify(value)} is not available yet, and says so`, (t) => {
    t.deepEqual(refusal(t, changed(fullAsset, path, value), dotenv), ['feature-not-available', where])
  })
}

test('every feature that is not there is told at once', (t) => {
  const upload = [{ name: 'a', from: { upload: true } }]
  const document = changed(changed(fullAsset, 'mode', 'interactive'), 'inputs', upload)
  t.deepEqual(refusal(t, document, dotenv), ['feature-not-available', 'mode', 'inputs[0].from'])
})

for (const image of [
  `busybox@${digest}`,
  `library/busybox@${digest}`,
  `registry.example/a/b-c/d_e@${digest}`,
  `localhost:5000/x:1.0@${digest}`,
  `10.0.0.1:5000/x@${digest}`,
]) {
  test(`takes the image ${image.replace(digest, '<digest>')}`, (t) => {
    t.notThrows(() => readAsset(changed(leastAsset, 'worker.image', image), undefined, strict))
  })
}

for (const image of ['busybox', 'busybox:latest', 'localhost:5000/word-count:1']) {
  test(`takes the image ${image} only where tags are allowed`, (t) => {
    const document = changed(leastAsset, 'worker.image', image)
    t.deepEqual(refusal(t, document), ['invalid-asset', 'worker.image'])
    t.notThrows(() => readAsset(document, undefined, { allowTags: true }))
  })
}

for (const image of [
  'Busybox',
  'a b',
  '-busybox',
  'busybox:',
  'busybox@sha256:abc',
  `busybox@${digest.toUpperCase()}`,
  `busybox@${digest}0`,
  'https://registry.example/x',
  'busybox:1 --privileged',
  'busybox\n',
]) {
  test(`${JSON.stringify(image).slice(0, 40)} is no image`, (t) => {
    t.deepEqual(refusal(t, changed(leastAsset, 'worker.image', image), undefined, { allowTags: true }), [
      'invalid-asset',
      'worker.image',
    ])
  })
}
