import { storedTables } from '../../core/ports/stored-rows.ts'
import { receptionOf } from './store-receptions.contract.ts'
import { accepted, assetRecord, callbackOf, resultOf } from './store-examples.ts'
import type { StoreTest } from './store.contract.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Rows as they lie in the store, and whose store it is. */
export function testStoredRows(storeTest: StoreTest): void {
  storeTest('an installation has one id, whoever asks and however often', async (t, store, place) => {
    const id = await store.installation()
    t.regex(id, uuid)
    t.is(await store.installation(), id)
    const other = await place.open()
    t.is(await other.installation(), id)
    await other.close()
  })

  storeTest('rows of every table are given as they are', async (t, store) => {
    for (const table of storedTables) t.deepEqual(await store.rows(table, { limit: 10 }), [], table)
    const job = await accepted(store, 'a')
    await store.commit({ result: resultOf('a'), callbacks: [callbackOf('a')] })
    await store.wake([{ kind: 'job', key: 'job-a', dueAt: 5 }])
    await store.saveAsset(assetRecord('1.0.0', 3), false)

    const [row] = await store.rows('jobs', { limit: 10 })
    t.is(row?.key, 'job-a')
    t.like(row?.columns, {
      id: 'job-a',
      asset_id: 'asset',
      agreement_id: null,
      state: 'accepted',
      holds_slot: 0,
      revision: 1,
    })
    t.deepEqual(JSON.parse(String(row?.columns['body'])), job.value)
    const [transfer] = await store.rows('transfers', { limit: 10 })
    t.like(transfer, {
      key: 'transfer-a',
      columns: { connector_id: 'provider', process_id: 'process-a', definition_id: 'definition-a', revision: 1 },
    })
    t.is(JSON.parse(String(transfer?.columns['body'])).state, 'requested')
    const [result] = await store.rows('results', { limit: 10 })
    t.like(result, {
      key: 'job-a',
      columns: { transfer_id: 'transfer-a', attempt: 1, registered_at: 7, expires_at: null, removed_at: null },
    })
    t.deepEqual(JSON.parse(String(result?.columns['manifest'])), resultOf('a').manifest)
    const [callback] = await store.rows('callbacks', { limit: 10 })
    t.like(callback, { key: 'callback-a', columns: { transfer_id: 'transfer-a', created_at: 8 } })
    t.deepEqual(JSON.parse(String(callback?.columns['message'])), callbackOf('a').message)
    const [work] = await store.rows('work', { limit: 10 })
    t.like(work, {
      key: 'job job-a',
      columns: { kind: 'job', key: 'job-a', due_at: 5, failures: 0, lease: null, lease_until: null },
    })
    const [asset] = await store.rows('assets', { limit: 10 })
    t.like(asset, {
      key: 'asset 1.0.0',
      columns: {
        id: 'asset',
        version: '1.0.0',
        bundle_id: 'bundle-1.0.0-3',
        enabled: 1,
        registered_at: 3,
        removed_at: null,
      },
    })
    const reception = receptionOf('a')
    await store.addReception(reception, [])
    const [received] = await store.rows('receptions', { limit: 10 })
    t.like(received, {
      key: 'reception-a',
      columns: { id: 'reception-a', connector_id: 'consumer', process_id: 'process-a', state: 'awaited', revision: 1 },
    })
    t.deepEqual(JSON.parse(String(received?.columns['body'])), reception)
  })

  storeTest('rows come in pages, each from behind the last of the one before', async (t, store) => {
    for (const word of ['b', 'B', 'c', 'a']) await accepted(store, word)
    const seen: string[] = []
    for (let page = await store.rows('jobs', { limit: 3 }); page.length > 0; ) {
      seen.push(...page.map(({ key }) => key))
      page = await store.rows('jobs', { limit: 3, after: seen.at(-1) ?? '' })
    }
    t.deepEqual(seen, ['job-B', 'job-a', 'job-b', 'job-c'], 'byte by byte')
    for (const word of ['b', 'B', 'a']) await store.addReception(receptionOf(word), [])
    const receptions = await store.rows('receptions', { limit: 2, after: 'reception-B' })
    t.deepEqual(
      receptions.map(({ key }) => key),
      ['reception-a', 'reception-b'],
    )
  })
}
