import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { stringify } from 'yaml'
import { acceptedJob } from '../../../core/job/job.ts'
import type { ObjectStore } from '../../../core/ports/object-store.ts'
import type { Store } from '../../../core/ports/store.ts'
import { requestedTransfer } from '../../../core/transfer/transfer.ts'
import { computeAsset } from '../../../test/http/forms.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { type LogLine, recordingLogger } from '../../../test/support/recording-logger.ts'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import { directoryStore } from '../../objects/directory.ts'
import { openSqliteStore } from '../../stores/sqlite.ts'
import { type AssetDirectory, assetDirectory } from './asset-directory.ts'
import { followDirectory } from './follow.ts'
import { waitingForFolder } from './withdrawn-lately.ts'

interface Desk {
  readonly root: string
  /** The same state as another replica has it, which follows a folder of its own. */
  replica(): Promise<{ readonly root: string; readonly directory: AssetDirectory }>
  /** Lets time pass, for the service alone. */
  pass(milliseconds: number): void
  readonly store: Store
  readonly log: readonly LogLine[]
  readonly directory: AssetDirectory
  /** The same directory and state after a restart. */
  restarted(): AssetDirectory
  /** Looks once and gives what became of each folder: `id version`, or the code of its problem. */
  look(directory?: AssetDirectory): Promise<Record<string, string>>
  /** `version` of what new transfers get. */
  offered(id: string): Promise<string | undefined>
}

async function desk(t: ExecutionContext, objects: Partial<ObjectStore> = {}, shared = false): Promise<Desk> {
  const folder = await temporaryFolder(t)
  const root = join(folder, 'assets')
  await mkdir(root)
  const clock = { now: () => Date.now() + passed }
  let passed = 0
  const store = waitingForFolder({ ...openSqliteStore(join(folder, 'state.db'), { next: randomUUID }), shared }, clock)
  t.teardown(() => store.close())
  const logger = recordingLogger()
  const parts = {
    store,
    objects: { ...directoryStore(join(folder, 'objects')), ...objects },
    clock,
    ids: { next: randomUUID },
    logger,
    rules: { allowTags: true },
  }
  const directory = assetDirectory(parts, root)
  return {
    root,
    async replica() {
      const own = await temporaryFolder(t)
      return { root: own, directory: assetDirectory(parts, own) }
    },
    pass: (milliseconds) => void (passed += milliseconds),
    store,
    log: logger.lines,
    directory,
    restarted: () => assetDirectory(parts, root),
    async look(one = directory) {
      await one.look()
      return Object.fromEntries(
        one.state().folders.map(({ folder, id, version, problem }) => [folder, problem?.code ?? `${id} ${version}`]),
      )
    },
    offered: async (id) => (await store.listAssets(id)).find(({ enabled }) => enabled)?.version,
  }
}

async function put(path: string, content: string | object): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, typeof content === 'string' ? content : stringify(content))
}

/** An asset with a dotenv file and a bundled input. */
function asset(id: string, version = '1.0.0', more: object = {}): object {
  const { metadata, worker, ...rest } = computeAsset(id) as { metadata: object; worker: object }
  return {
    ...rest,
    metadata: { ...metadata, version },
    worker: { ...worker, envFile: 'a.env' },
    inputs: [{ name: 'a.txt', from: { bundled: 'a.txt' } }],
    ...more,
  }
}

async function putAsset(folder: string, document: object): Promise<void> {
  await put(join(folder, 'a.env'), 'A=1\n')
  await put(join(folder, 'a.txt'), 'text')
  await put(join(folder, 'asset.yaml'), document)
}

test('folders are registered with their files, at any depth, and once', async (t) => {
  const { root, look, store, log, restarted } = await desk(t)
  await putAsset(join(root, 'sum'), asset('sum'))
  await putAsset(join(root, 'team/mean'), asset('mean'))
  await put(join(root, '.git/sum/asset.yaml'), asset('hidden'))
  await put(join(root, 'notes/readme.md'), 'nothing')
  t.deepEqual(await look(), { sum: 'sum 1.0.0', 'team/mean': 'mean 1.0.0' })
  const record = await store.newestAsset('sum')
  t.like(record, { dotenv: 'A=1\n', enabled: true })
  t.like(record?.bundled['a.txt'], { size: 4 })
  await look()
  await look(restarted())
  t.deepEqual(await store.newestAsset('sum'), record, 'the same content is nothing new')
  t.is(log.filter(({ message }) => message === 'asset registered from its folder').length, 2)
})

test('a new version is registered; the one before is offered again when the folder goes back to it', async (t) => {
  const { root, look, offered } = await desk(t)
  await putAsset(join(root, 'sum'), asset('sum'))
  await look()
  await putAsset(join(root, 'sum'), asset('sum', '1.1.0'))
  t.deepEqual(await look(), { sum: 'sum 1.1.0' })
  t.is(await offered('sum'), '1.1.0')
  await putAsset(join(root, 'sum'), asset('sum', '1.0.0'))
  t.deepEqual(await look(), { sum: 'sum 1.0.0' })
  t.is(await offered('sum'), '1.0.0')
})

for (const [what, change] of [
  ['document', (root: string) => putAsset(join(root, 'sum'), asset('sum', '1.0.0', { retention: '2d' }))],
  ['dotenv file', (root: string) => put(join(root, 'sum/a.env'), 'A=2\n')],
  ['bundled file', (root: string) => put(join(root, 'sum/a.txt'), 'TEXT')],
] as const) {
  test(`the same version with another ${what} is an error of that folder alone`, async (t) => {
    const { root, look, offered, store, log } = await desk(t)
    await putAsset(join(root, 'sum'), asset('sum'))
    await look()
    const before = await store.newestAsset('sum')
    await change(root)
    await putAsset(join(root, 'zeta'), asset('zeta'))
    t.deepEqual(await look(), { sum: 'asset-exists', zeta: 'zeta 1.0.0' })
    t.is(await offered('sum'), '1.0.0', 'what was registered is offered on')
    t.deepEqual(await store.newestAsset('sum'), before)
    await look()
    const errors = log.filter(({ level }) => level === 'error')
    t.is(errors.length, 1, 'told once, not at every look')
    t.like(errors[0], { fields: { folder: 'sum', code: 'asset-exists' } })
    await putAsset(join(root, 'sum'), asset('sum', '1.0.1'))
    t.is((await look())['sum'], 'sum 1.0.1')
  })
}

test('every kind of wrong folder is told, and none keeps the others back', async (t) => {
  const { root, look, directory } = await desk(t)
  await put(join(root, 'broken/asset.yaml'), 'a: [')
  await put(join(root, 'binary/asset.yaml'), '')
  await writeFile(join(root, 'binary/asset.yaml'), Buffer.from([0xff, 0xfe, 0x00]))
  await put(join(root, 'large/asset.json'), ' '.repeat(300_000))
  await put(join(root, 'lacking/asset.yml'), asset('lacking'))
  await put(join(root, 'wrong/asset.yaml'), { ...computeAsset('wrong'), outputs: [] })
  await putAsset(join(root, 'right'), asset('right'))
  t.deepEqual(await look(), {
    binary: 'invalid-asset',
    broken: 'invalid-asset',
    lacking: 'invalid-asset',
    large: 'body-too-large',
    right: 'right 1.0.0',
    wrong: 'invalid-asset',
  })
  const lacking = directory.state().folders.find(({ folder }) => folder === 'lacking')
  t.deepEqual(
    lacking?.problem?.problems.map(({ where }) => where),
    ['worker.envFile', 'inputs[0].from.bundled'],
  )
  await putAsset(join(root, 'lacking'), asset('lacking'))
  t.is((await look())['lacking'], 'lacking 1.0.0')
})

test('what goes from the directory is withdrawn, also while the service is down, and offered again when it is back', async (t) => {
  const { root, look, offered, restarted } = await desk(t)
  for (const id of ['a', 'b']) await putAsset(join(root, id), asset(id))
  await look()
  await rm(join(root, 'a'), { recursive: true })
  await look()
  t.is(await offered('a'), undefined)
  t.is(await offered('b'), '1.0.0')
  await putAsset(join(root, 'a'), asset('a'))
  await rm(join(root, 'b'), { recursive: true })
  await look(restarted())
  t.is(await offered('a'), '1.0.0')
  t.is(await offered('b'), undefined)
})

test('what an operator paused stays paused, and what came through the admin API is nobody’s to withdraw', async (t) => {
  const { root, look, offered, store, restarted } = await desk(t)
  await putAsset(join(root, 'a'), asset('a'))
  await look()
  await store.enableAsset('a', false)
  const record = await store.assetVersion('a', '1.0.0')
  if (record !== undefined) await store.saveAsset({ ...record, id: 'other', enabled: true }, false)
  await put(join(root, 'a/unrelated.txt'), 'x')
  await look()
  await look(restarted())
  t.is(await offered('a'), undefined)
  t.is(await offered('other'), '1.0.0')
})

test('a directory or a folder that cannot be read withdraws nothing', async (t) => {
  const { root, look, offered, directory, log } = await desk(t)
  for (const id of ['a', 'b']) await putAsset(join(root, id), asset(id))
  await look()
  await rename(root, `${root}-away`)
  await look()
  await look()
  t.regex(directory.state().unreadable ?? '', /ENOENT/)
  t.is(log.filter(({ level }) => level === 'error').length, 1)
  t.is(await offered('a'), '1.0.0')
  await rename(`${root}-away`, root)
  await put(join(root, 'a/asset.yaml'), 'a: [')
  await rm(join(root, 'b'), { recursive: true })
  t.deepEqual(await look(), { a: 'invalid-asset' })
  t.is(directory.state().unreadable, undefined)
  t.is(await offered('a'), '1.0.0')
  t.is(await offered('b'), '1.0.0', 'nobody can tell what the broken folder is about')
  await put(join(root, 'a/asset.yaml'), { ...asset('a', '2.0.0'), outputs: [] })
  await look()
  t.is(await offered('a'), '1.0.0', 'a broken change does not take the asset off the offer')
  t.is(await offered('b'), undefined)
})

/** Writes files as the kubelet mounts a ConfigMap: links through `..data`, which is swapped as a whole. */
async function mountConfigMap(
  folder: string,
  generation: string,
  files: Readonly<Record<string, string | object>>,
): Promise<void> {
  for (const [name, content] of Object.entries(files)) await put(join(folder, `..${generation}`, name), content)
  await symlink(`..${generation}`, join(folder, '..data_tmp'))
  await rename(join(folder, '..data_tmp'), join(folder, '..data'))
  for (const name of Object.keys(files))
    await symlink(join('..data', name), join(folder, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
}

test('a mounted ConfigMap is an asset folder, alone or among others, and changes by the swap of a link', async (t) => {
  for (const below of ['', 'word-count']) {
    const { root, look, offered, store } = await desk(t)
    const folder = join(root, below)
    const files = (version: string, text: string) => ({
      'asset.yaml': asset('sum', version),
      'a.env': 'A=1\n',
      'a.txt': text,
    })
    await mountConfigMap(folder, '2026_1', files('1.0.0', 'one'))
    t.deepEqual(Object.values(await look()), ['sum 1.0.0'])
    await mountConfigMap(folder, '2026_2', files('1.1.0', 'two!'))
    await rm(join(folder, '..2026_1'), { recursive: true })
    t.deepEqual(Object.values(await look()), ['sum 1.1.0'])
    t.is(await offered('sum'), '1.1.0')
    t.like((await store.newestAsset('sum'))?.bundled['a.txt'], { size: 4 })
  }
})

test('while the object store is away a folder is tried again at every look', async (t) => {
  let away = true
  const { root, look, offered, log } = await desk(t, {
    async putStream(key, body) {
      if (away) throw new Error('the object store is away')
      let size = 0
      for await (const chunk of body) size += chunk.byteLength
      return { size, sha256: key }
    },
  })
  await putAsset(join(root, 'sum'), asset('sum'))
  t.deepEqual(await look(), { sum: 'internal' })
  await look()
  t.is(log.filter(({ level }) => level === 'error').length, 1)
  away = false
  t.deepEqual(await look(), { sum: 'sum 1.0.0' })
  t.is(await offered('sum'), '1.0.0')
})

test('changes are found without being told, until it is closed', async (t) => {
  const { root, directory, offered } = await desk(t)
  let looks = 0
  const following = await followDirectory(directory, 20, () => looks++)
  t.true(looks > 0, 'the first look is over')
  await putAsset(join(root, 'sum'), asset('sum'))
  await eventually('the asset to be offered', async () =>
    (await offered('sum')) === '1.0.0' ? { done: true } : { pending: 'not yet' },
  )
  await following.close()
  const last = directory.state().lookedAt
  await put(join(root, 'sum/asset.yaml'), await readFile(join(root, 'sum/asset.yaml')).then(String))
  t.is(directory.state().lookedAt, last)
})

test('replicas with different copies do not withdraw what the other has; what all have lost goes after a while', async (t) => {
  const { root, look, offered, pass, replica } = await desk(t, {}, true)
  const other = await replica()
  for (const one of [root, other.root]) await putAsset(join(one, 'sum'), asset('sum'))
  await look()
  await look(other.directory)
  await putAsset(join(root, 'sum'), asset('sum', '2.0.0'))
  for (let minute = 0; minute < 2; minute += 1) {
    await look()
    t.is(await offered('sum'), '2.0.0')
    await look(other.directory)
    t.is(await offered('sum'), '2.0.0', 'the old copy does not take the new version back')
    pass(60_000)
  }
  await putAsset(join(other.root, 'sum'), asset('sum', '2.0.0'))
  for (const one of [root, other.root]) await putAsset(join(one, 'gone'), asset('gone'))
  await look()
  await look(other.directory)
  for (const one of [root, other.root]) await rm(join(one, 'gone'), { recursive: true })
  for (const expected of ['1.0.0', '1.0.0', undefined]) {
    await look()
    await look(other.directory)
    t.is(await offered('gone'), expected)
    pass(90_001)
  }
  t.is(await offered('sum'), '2.0.0')
})

test('while copies stay different, what one withdraws the other offers again', async (t) => {
  const { root, look, offered, pass, replica } = await desk(t, {}, true)
  const other = await replica()
  await putAsset(join(root, 'sum'), asset('sum', '1.0.0'))
  await look()
  await look(other.directory)
  pass(180_000)
  await look(other.directory)
  t.is(await offered('sum'), undefined)
  await look()
  await look(other.directory)
  t.is(await offered('sum'), '1.0.0')
})

test('an asset that went a moment ago is not unknown yet, to whom it may be back; after a while it is', async (t) => {
  const { root, look, store, pass } = await desk(t)
  const now = { code: 'not-ready' }
  await putAsset(join(root, 'sum'), asset('sum'))
  await look()
  const transferOf = (assetId: string) =>
    requestedTransfer({ id: 't', connectorId: 'c', processId: 'p', definitionId: 'd', assetId, jobId: 'j' }, 1)
  const jobOf = (assetId: string) =>
    acceptedJob('j', { kind: 'transfer', transferId: 't', connectorId: 'c' }, assetId, 1)
  const accept = (assetId: string) => store.acceptOffered(transferOf(assetId), jobOf(assetId), [])
  await store.enableAsset('sum', false)
  t.is(await accept('sum'), undefined, 'what an operator paused is paused')
  await store.enableAsset('sum', true)
  await rm(join(root, 'sum'), { recursive: true })
  await look()
  await t.throwsAsync(accept('sum'), now)
  await t.throwsAsync(store.newestAsset('sum'), now)
  t.is(await accept('another'), undefined)
  t.is(await store.newestAsset('another'), undefined)
  pass(299_000)
  await t.throwsAsync(accept('sum'), now)
  pass(2_000)
  t.is(await accept('sum'), undefined)
  t.is(await store.newestAsset('sum'), undefined)
  await putAsset(join(root, 'sum'), asset('sum'))
  await look()
  t.is((await store.newestAsset('sum'))?.version, '1.0.0')
  t.true((await accept('sum'))?.created)
})
