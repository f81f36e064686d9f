import { once } from 'node:events'
import { createHash } from 'node:crypto'
import { readdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { leastAsset } from '../support/example-asset.ts'
import { eventually } from '../support/eventually.ts'
import { problemOf } from '../support/problem.ts'
import { textOf } from '../contract/object-store.contract.ts'
import { computeAsset, formOf, register, type Registration, replace } from './forms.ts'
import { keysBelow, type Stage, startStage, writeWorker } from './stage.ts'

let stage: Stage

test.before(async () => {
  stage = await startStage()
})
test.after.always(() => stage.close())

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const withInput = (id: string, name = 'text.txt') => computeAsset(id, { inputs: [{ name, from: { bundled: name } }] })

/** Registers what must be refused; checks that nothing of it is there afterwards, and gives the code and the places. */
async function refused(
  t: ExecutionContext,
  id: string,
  registration: Registration,
): Promise<readonly [string, ...string[]]> {
  const response = await register(stage.adminUrl, registration)
  t.teardown(async () => void (await fetch(`${stage.adminUrl}/api/v1/assets/${id}`, { method: 'DELETE' })))
  const problem = await problemOf(response)
  await nothingOf(t, id)
  return [problem.code, ...(problem.problems ?? []).map(({ where }) => where)]
}

async function nothingOf(t: ExecutionContext, id: string): Promise<void> {
  t.is((await fetch(`${stage.adminUrl}/api/v1/assets/${id}`)).status, 404)
  t.deepEqual(await strayFiles(), [], 'nothing of a refused registration stays in the object store')
}

/** Files of bundles that belong to no asset. */
async function strayFiles(): Promise<readonly string[]> {
  const known = (await stage.store.listAssets()).flatMap(({ bundled }) => Object.values(bundled).map(({ key }) => key))
  return (await keysBelow(stage.objects, 'assets/')).filter((key) => !known.includes(key))
}

test.serial('an asset with a dotenv file and bundled inputs is registered and shown as it was sent', async (t) => {
  const document = computeAsset('registered', {
    worker: { image: 'registry.example/work:1', envFile: 'work.env', local: { command: ['node', 'work.mjs'] } },
    inputs: [
      { name: 'a.txt', from: { bundled: 'a.txt' } },
      { name: 'b.bin', from: { bundled: 'b.bin' } },
    ],
  })
  const large = 'b'.repeat(2_000_000)
  const response = await register(stage.adminUrl, {
    asset: document,
    envFile: 'A=1 # why\n',
    bundled: [
      ['a.txt', 'größe'],
      ['b.bin', large],
    ],
  })
  t.is(response.status, 201)
  t.is(response.headers.get('location'), '/api/v1/assets/registered/versions/1.0.0')
  const bundled = [
    { name: 'a.txt', size: 7, sha256: sha256('größe') },
    { name: 'b.bin', size: 2_000_000, sha256: sha256(large) },
  ]
  const view = (await response.json()) as { registeredAt: string; bundled: { name: string }[] }
  t.like(view, { id: 'registered', version: '1.0.0', enabled: true })
  t.deepEqual<unknown, unknown>(
    view.bundled.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    bundled,
  )
  t.true(Math.abs(Date.parse(view.registeredAt) - Date.now()) < 60_000)

  const shown = await (await fetch(stage.adminUrl + response.headers.get('location'))).json()
  t.deepEqual(shown, { ...view, document: document as unknown, dotenv: 'A=1 # why\n' } as never)
  t.deepEqual(await (await fetch(`${stage.adminUrl}/api/v1/assets/registered`)).json(), {
    id: 'registered',
    versions: [view],
  })
  const record = await stage.store.assetVersion('registered', '1.0.0')
  t.is(await textOf(await stage.objects.open(record?.bundled['a.txt']?.key ?? '')), 'größe')
})

test.serial('JSON is taken as well as YAML', async (t) => {
  t.is((await register(stage.adminUrl, { asset: JSON.stringify(computeAsset('json')) })).status, 201)
})

test.serial('a version that is there is not registered again; a further one is', async (t) => {
  t.is((await register(stage.adminUrl, { asset: withInput('versions'), bundled: [['text.txt', '1']] })).status, 201)
  const problem = await problemOf(
    await register(stage.adminUrl, { asset: withInput('versions'), bundled: [['text.txt', '2']] }),
  )
  t.is(problem.code, 'asset-exists')
  t.deepEqual(await strayFiles(), [])
  const record = await stage.store.newestAsset('versions')
  t.is(await textOf(await stage.objects.open(record?.bundled['text.txt']?.key ?? '')), '1', 'the first one stands')
  const next = { ...withInput('versions'), metadata: { id: 'versions', version: '1.1.0', title: 'x' } }
  t.is((await register(stage.adminUrl, { asset: next, bundled: [['text.txt', '3']] })).status, 201)
  const { versions } = (await (await fetch(`${stage.adminUrl}/api/v1/assets/versions`)).json()) as {
    versions: { version: string }[]
  }
  t.deepEqual(
    versions.map(({ version }) => version),
    ['1.1.0', '1.0.0'],
  )
})

test.serial('a version that no job used is replaced, with its files', async (t) => {
  await register(stage.adminUrl, { asset: withInput('replaced'), bundled: [['text.txt', 'old']] })
  const response = await replace(stage.adminUrl, 'replaced', '1.0.0', {
    asset: withInput('replaced', 'new.txt'),
    bundled: [['new.txt', 'new']],
  })
  t.is(response.status, 200)
  const record = await stage.store.newestAsset('replaced')
  t.deepEqual(Object.keys(record?.bundled ?? {}), ['new.txt'])
  t.is(await textOf(await stage.objects.open(record?.bundled['new.txt']?.key ?? '')), 'new')
  t.deepEqual(await strayFiles(), [], 'the old files are gone')
})

test.serial('a replacement must be what the address names', async (t) => {
  await register(stage.adminUrl, { asset: computeAsset('named') })
  const problem = await problemOf(await replace(stage.adminUrl, 'other', '2.0.0', { asset: computeAsset('named') }))
  t.is(problem.code, 'invalid-asset')
  t.deepEqual(
    problem.problems?.map(({ where }) => where),
    ['metadata.id', 'metadata.version'],
  )
})

test.serial('a replacement that is refused leaves the version as it was', async (t) => {
  await register(stage.adminUrl, { asset: withInput('kept'), bundled: [['text.txt', 'old']] })
  const problem = await problemOf(
    await replace(stage.adminUrl, 'kept', '1.0.0', { asset: withInput('kept'), bundled: [['other.txt', 'x']] }),
  )
  t.is(problem.code, 'invalid-asset')
  const record = await stage.store.newestAsset('kept')
  t.is(await textOf(await stage.objects.open(record?.bundled['text.txt']?.key ?? '')), 'old')
  t.deepEqual(await strayFiles(), [])
})

test.serial('a removed asset is gone, with its files', async (t) => {
  await register(stage.adminUrl, { asset: withInput('removed'), bundled: [['text.txt', 'x']] })
  t.is((await fetch(`${stage.adminUrl}/api/v1/assets/removed`, { method: 'DELETE' })).status, 204)
  await nothingOf(t, 'removed')
  t.is(
    (await problemOf(await fetch(`${stage.adminUrl}/api/v1/assets/removed`, { method: 'DELETE' }))).code,
    'asset-unknown',
  )
  t.is((await problemOf(await fetch(`${stage.adminUrl}/api/v1/assets/removed/versions/1.0.0`))).code, 'asset-unknown')
})

test.serial('an asset is not removed or replaced while a job of it is under way', async (t) => {
  await writeWorker(stage, 'busy', waitingWorker)
  await register(stage.adminUrl, { asset: computeAsset('busy') })
  const { consumerTransferId } = stage.connector.request('busy')
  await eventually('the job runs', async () => {
    const [job] = await stage.store.listJobs({ assetId: 'busy', limit: 1 })
    return job?.state === 'running' ? { done: job } : { pending: String(job?.state) }
  })
  t.is(
    (await problemOf(await fetch(`${stage.adminUrl}/api/v1/assets/busy`, { method: 'DELETE' }))).code,
    'asset-has-live-jobs',
  )
  t.is(
    (await problemOf(await replace(stage.adminUrl, 'busy', '1.0.0', { asset: computeAsset('busy') }))).code,
    'asset-in-use',
  )
  t.is((await fetch(`${stage.adminUrl}/api/v1/assets/busy`)).status, 200)
  await writeFile(join(stage.assets, 'busy', 'go'), '')
  await stage.connector.started(consumerTransferId)
  await eventually('the asset can be removed', async () => {
    const { status } = await fetch(`${stage.adminUrl}/api/v1/assets/busy`, { method: 'DELETE' })
    return status === 204 ? { done: status } : { pending: String(status) }
  })
  t.is(
    (await problemOf(await register(stage.adminUrl, { asset: computeAsset('busy') }))).status,
    409,
    'a used version never changes',
  )
})

test.serial('a paused asset is shown but not offered, until it is resumed', async (t) => {
  await register(stage.adminUrl, { asset: computeAsset('paused') })
  const change = async (action: string): Promise<unknown> => {
    const response = await fetch(`${stage.adminUrl}/api/v1/assets/paused/${action}`, { method: 'POST' })
    t.is(response.status, 200)
    const { versions } = (await response.json()) as { versions: { enabled: boolean }[] }
    return versions.map(({ enabled }) => enabled)
  }
  t.deepEqual(await change('pause'), [false])
  t.deepEqual(await change('pause'), [false])
  t.is(await stage.store.newestAsset('paused'), undefined)
  t.like(await (await fetch(`${stage.adminUrl}/api/v1/assets/paused/versions/1.0.0`)).json(), { enabled: false })
  t.deepEqual(await change('resume'), [true])
  t.is((await stage.store.newestAsset('paused'))?.version, '1.0.0')
  for (const action of ['pause', 'resume'])
    t.is(
      (await problemOf(await fetch(`${stage.adminUrl}/api/v1/assets/nobody/${action}`, { method: 'POST' }))).code,
      'asset-unknown',
    )
})

test.serial('assets are listed', async (t) => {
  await register(stage.adminUrl, { asset: computeAsset('listed') })
  const { assets } = (await (await fetch(`${stage.adminUrl}/api/v1/assets`)).json()) as {
    assets: { id: string; version: string }[]
  }
  t.true(assets.some(({ id, version }) => id === 'listed' && version === '1.0.0'))
})

test.serial('everything that is wrong is told at once: asset, dotenv file, bundled files', async (t) => {
  const asset = {
    ...computeAsset('all-wrong', {
      worker: { image: 'registry.example/work:1', envFile: 'work.env' },
      inputs: [{ name: 'a', from: { bundled: 'missing.txt' } }],
    }),
    mode: 'sometimes',
    surplus: 1,
  }
  const [code, ...where] = await refused(t, 'all-wrong', { asset, envFile: 'PATH=x\n', bundled: [['unused.txt', 'x']] })
  t.is(code, 'invalid-asset')
  t.deepEqual(where.toSorted(), ['bundled unused.txt', 'dotenv line 1', 'inputs[0].from.bundled', 'mode', 'surplus'])
})

const bad: readonly (readonly [title: string, registration: Registration, code: string, where: readonly string[]])[] = [
  ['no asset', { bundled: [['a', 'x']] }, 'invalid-body', []],
  ['a document that is no YAML', { asset: 'a: [1\nb: }' }, 'invalid-asset', []],
  ['a document with a key twice', { asset: 'a: 1\na: 2' }, 'invalid-asset', ['asset line 2, column 1']],
  ['an empty document', { asset: '' }, 'invalid-asset', ['asset']],
  ['a list', { asset: '- 1' }, 'invalid-asset', ['asset']],
  ['aliases that grow without end', { asset: bomb() }, 'invalid-asset', []],
  ['a field that is unknown', { asset: { ...computeAsset('bad'), surplus: 1 } }, 'invalid-asset', ['surplus']],
  [
    'a dotenv file that was not sent',
    { asset: computeAsset('bad', { worker: { image: 'x:1', envFile: 'a.env' } }) },
    'invalid-asset',
    ['worker.envFile'],
  ],
  [
    'a dotenv file with bad lines',
    { asset: computeAsset('bad', { worker: { image: 'x:1', envFile: 'a.env' } }), envFile: 'A=1\nb c\nA=2' },
    'invalid-dotenv',
    ['dotenv line 2', 'dotenv line 3'],
  ],
  [
    'a dotenv file that nobody asked for',
    { asset: computeAsset('bad'), envFile: 'A=1' },
    'invalid-asset',
    ['worker.envFile'],
  ],
  [
    'a dotenv file that is too large',
    { asset: computeAsset('bad', { worker: { image: 'x:1', envFile: 'a.env' } }), envFile: `A=${'x'.repeat(300_000)}` },
    'body-too-large',
    [],
  ],
  ['a document that is too large', { asset: `# ${'x'.repeat(300_000)}` }, 'body-too-large', []],
  ['a bundled input that was not sent', { asset: withInput('bad') }, 'invalid-asset', ['inputs[0].from.bundled']],
  [
    'a bundled input called like what objects inherit, and not sent',
    { asset: withInput('bad', 'constructor') },
    'invalid-asset',
    ['inputs[0].from.bundled'],
  ],
  [
    'a bundled file that no input names',
    { asset: computeAsset('bad'), bundled: [['a.txt', 'x']] },
    'invalid-asset',
    ['bundled a.txt'],
  ],
  [
    'a bundled file twice',
    {
      asset: withInput('bad'),
      bundled: [
        ['text.txt', 'x'],
        ['text.txt', 'y'],
      ],
    },
    'invalid-body',
    [],
  ],
  ['a bundled file with a strange name', { asset: withInput('bad'), bundled: [['a b', 'x']] }, 'invalid-body', []],
  ['a bundled file without a name', { asset: withInput('bad'), bundled: [['', 'x']] }, 'invalid-body', []],
  [
    'a digest that is not the file’s',
    {
      asset: computeAsset('bad', { inputs: [{ name: 'a', from: { bundled: 'a' }, sha256: 'a'.repeat(64) }] }),
      bundled: [['a', 'x']],
    },
    'invalid-asset',
    ['inputs[0].sha256'],
  ],
  [
    'a feature that is not there yet',
    { asset: computeAsset('bad', { mode: 'interactive' }) },
    'feature-not-available',
    ['mode'],
  ],
  [
    'parameters that are no schema',
    { asset: computeAsset('bad', { parameters: { type: 'object', properties: { PATH: { type: 'string' } } } }) },
    'invalid-asset',
    ['parameters.properties.PATH'],
  ],
]
for (const [title, registration, code, where] of bad) {
  test.serial(`refused: ${title}`, async (t) => {
    const [found, ...places] = await refused(t, 'bad', registration)
    t.is(found, code)
    if (where.length > 0) t.deepEqual(places, where)
  })
}

test.serial('a bundled file may be called like what objects inherit', async (t) => {
  const response = await register(stage.adminUrl, {
    asset: withInput('inherited', 'constructor'),
    bundled: [['constructor', 'x']],
  })
  t.is(response.status, 201, await response.text())
})

for (const name of ['asset', 'envFile']) {
  test.serial(`refused: the part ${name} twice`, async (t) => {
    const asset = computeAsset('twice', { worker: { image: 'x:1', envFile: 'a.env' } })
    const form = formOf({ asset, envFile: 'A=1' })
    form.append(name, new Blob([name === 'asset' ? JSON.stringify(asset) : 'A=2']), 'again')
    const response = await fetch(`${stage.adminUrl}/api/v1/assets`, { method: 'POST', body: form })
    t.teardown(async () => void (await fetch(`${stage.adminUrl}/api/v1/assets/twice`, { method: 'DELETE' })))
    t.is((await problemOf(response)).code, 'invalid-body')
    await nothingOf(t, 'twice')
  })
}

test.serial('refused: a part of another name', async (t) => {
  const form = new FormData()
  form.append('asset', new Blob([JSON.stringify(computeAsset('bad'))]), 'a')
  form.append('surplus', 'x')
  const response = await fetch(`${stage.adminUrl}/api/v1/assets`, { method: 'POST', body: form })
  t.is((await problemOf(response)).code, 'invalid-body')
  await nothingOf(t, 'bad')
})

test.serial('refused: a body that is no form', async (t) => {
  const response = await fetch(`${stage.adminUrl}/api/v1/assets`, {
    method: 'POST',
    body: JSON.stringify(leastAsset),
    headers: { 'Content-Type': 'application/json' },
  })
  t.is((await problemOf(response)).code, 'unsupported-media-type')
})

test.serial('an upload that is cut off leaves nothing behind', async (t) => {
  const before = await filesOnDisk()
  const { hostname, port } = new URL(stage.adminUrl)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write(
    `POST /api/v1/assets HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 10000000\r\n\r\n`,
  )
  socket.write(
    `--x\r\nContent-Disposition: form-data; name="bundled"; filename="cut.bin"\r\n\r\n${'y'.repeat(500_000)}`,
  )
  await eventually('the upload has begun', async () => {
    const files = await filesOnDisk()
    return files.length > before.length ? { done: undefined } : { pending: 'no file yet' }
  })
  const logged = stage.log.length
  socket.destroy()
  await eventually('the handler has ended', () => {
    const line = stage.log.slice(logged).find(({ fields }) => fields['route'] === '/api/v1/assets')
    return line === undefined ? { pending: 'not logged yet' } : { done: undefined }
  })
  t.deepEqual(await filesOnDisk(), before)
})

/** Every file below the object store's directory, also those that are no objects (yet). */
async function filesOnDisk(): Promise<readonly string[]> {
  const entries = await readdir(join(stage.assets, '..', 'objects'), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted()
}

/** Waits for a file `go` beside itself, then does its work. */
const waitingWorker = `
import { existsSync, writeFileSync } from 'node:fs'
const wait = setInterval(() => {
  if (!existsSync('go')) return
  clearInterval(wait)
  writeFileSync(process.env.OUTPUT_DIR + '/sum.txt', '42')
}, 20)`

/** A small text that is ten to the ninth values when its aliases are followed. */
function bomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let level = 1; level < 9; level += 1)
    lines.push(
      `a${level}: &a${level} [${Array(10)
        .fill(`*a${level - 1}`)
        .join(', ')}]`,
    )
  return lines.join('\n')
}
