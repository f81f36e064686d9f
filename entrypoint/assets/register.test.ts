import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { AssetRecord, Store } from '../../core/ports/store.ts'
import { textOf } from '../../test/contract/object-store.contract.ts'
import { computeAsset, formOf, type Registration } from '../../test/http/forms.ts'
import { appServer } from '../../test/support/app-server.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { directoryStore } from '../objects/directory.ts'
import { openSqliteStore } from '../stores/sqlite.ts'
import { registerAsset } from './register.ts'

interface Desk {
  readonly store: Store
  readonly objects: ObjectStore
  /** Registers and gives the status; PUT where a version is to be replaced. */
  send(registration: Registration, replace?: { id: string; version: string }): Promise<number>
}

/** Registration over HTTP, with stores that may be broken on purpose. */
async function desk(
  t: ExecutionContext,
  broken: (whole: ObjectStore) => Partial<ObjectStore> = () => ({}),
  brokenStore: (whole: Store) => Partial<Store> = () => ({}),
): Promise<Desk> {
  const folder = await temporaryFolder(t)
  const whole = directoryStore(join(folder, 'objects'))
  const objects = { ...whole, ...broken(whole) }
  const ids = { next: randomUUID }
  const store = openSqliteStore(join(folder, 'state.db'), ids)
  t.teardown(() => store.close())
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const parts = {
    store: { ...store, ...brokenStore(store) },
    objects,
    ids,
    logger,
    clock: { now: Date.now },
    rules: { allowTags: true },
  }
  const { url } = await appServer(t, async (ctx) => {
    const replace = ctx.method === 'PUT' ? { id: 'sum', version: '1.0.0' } : undefined
    ctx.body = await registerAsset(parts, ctx.req, replace)
  })
  return {
    store,
    objects: whole,
    send: async (registration, replace) =>
      (await fetch(url, { method: replace === undefined ? 'POST' : 'PUT', body: formOf(registration) })).status,
  }
}

const asset = computeAsset('sum', { inputs: [{ name: 'a.txt', from: { bundled: 'a.txt' } }] })
const version = { id: 'sum', version: '1.0.0' }

async function bundledText({ store, objects }: Desk): Promise<string | undefined> {
  const record: AssetRecord | undefined = await store.newestAsset('sum')
  return textOf(await objects.open(record?.bundled['a.txt']?.key ?? 'nothing'))
}

test('when the old files of a replaced version cannot be removed, the new version keeps its own', async (t) => {
  const one = await desk(t, (whole) => {
    let first: string | undefined
    return {
      putStream: (key, ...rest) => {
        first ??= key.split('/').slice(0, 2).join('/')
        return whole.putStream(key, ...rest)
      },
      removeAll: async (prefix) => {
        if (first !== undefined && prefix.startsWith(first)) throw new Error('the object store is away')
        await whole.removeAll(prefix)
      },
    }
  })
  t.is(await one.send({ asset, bundled: [['a.txt', 'old']] }), 200)
  t.is(await one.send({ asset, bundled: [['a.txt', 'new']] }, version), 200)
  t.is(await bundledText(one), 'new')
})

test('when a file cannot be stored, nothing is registered', async (t) => {
  const one = await desk(t, () => ({
    putStream: async (_key, body) => {
      for await (const chunk of body) if (chunk.byteLength > 0) throw new Error('no room left')
      return { size: 0, sha256: '' }
    },
  }))
  t.is(await one.send({ asset, bundled: [['a.txt', 'x']] }), 500)
  t.deepEqual(await one.store.listAssets(), [])
})

test('a version that was saved keeps its files when the answer of the database is lost', async (t) => {
  const one = await desk(t, undefined, (whole) => ({
    saveAsset: async (...values) => {
      await whole.saveAsset(...values)
      throw new Error('the connection was reset')
    },
  }))
  t.is(await one.send({ asset, bundled: [['a.txt', 'kept']] }), 500)
  t.is(await bundledText(one), 'kept')
})

test('an error is told also when cleaning up after it fails', async (t) => {
  const one = await desk(t, () => ({
    removeAll: async () => {
      throw new Error('the object store is away')
    },
  }))
  t.is(await one.send({ asset: 'a: [', bundled: [['a.txt', 'x']] }), 422)
})

test('of ten registrations of one version at once, one is taken', async (t) => {
  const one = await desk(t)
  const statuses = await Promise.all(
    Array.from({ length: 10 }, (_, index) => one.send({ asset, bundled: [['a.txt', `text ${index}`]] })),
  )
  t.deepEqual(statuses.toSorted(), [200, ...Array.from({ length: 9 }, () => 409)])
  const kept = await Array.fromAsync(one.objects.list('assets/'))
  t.is(kept.length, 1)
  t.is(await bundledText(one), await textOf(await one.objects.open(kept[0]?.key ?? '')))
})
