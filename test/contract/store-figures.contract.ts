import type { StoreTest } from './store.contract.ts'
import { accepted, after, assetRecord, callbackOf, failed, verified } from './store-examples.ts'

/** Numbers of what is there, and assets in pages. */
export function testStoredFigures(storeTest: StoreTest): void {
  storeTest('an empty store counts nothing, under every name there is', async (t, store) => {
    t.deepEqual(await store.figures(1), {
      jobs: { accepted: 0, queued: 0, starting: 0, running: 0, storing: 0, succeeded: 0, failed: 0, cancelled: 0 },
      due: { job: 0, transfer: 0, callback: 0, expire: 0, deliver: 0, reception: 0 },
      late: { job: 0, transfer: 0, callback: 0, expire: 0, deliver: 0, reception: 0 },
    })
  })

  storeTest('jobs are counted by state', async (t, store) => {
    for (const word of ['a', 'b']) await accepted(store, word)
    await store.commit({ job: after(await accepted(store, 'c'), verified) })
    await store.commit({ job: after(await accepted(store, 'd'), verified, failed) })
    t.like((await store.figures(1)).jobs, { accepted: 2, queued: 1, failed: 1, running: 0 })
  })

  storeTest(
    'work counts as due from its time, and as late half a minute after it, unless somebody is at it',
    async (t, store) => {
      await store.wake([
        { kind: 'job', key: 'a', dueAt: 1_000 },
        { kind: 'job', key: 'b', dueAt: 2_000 },
        { kind: 'expire', key: 'a', dueAt: 1_000 },
      ])
      t.is((await store.figures(999)).due.job, 0)
      t.like(await store.figures(1_000), { due: { job: 1, expire: 1, callback: 0 }, late: { job: 0, expire: 0 } })
      t.like(await store.figures(31_000), { due: { job: 2, expire: 1 }, late: { job: 1, expire: 1 } })
      await store.claim(31_000, 10, 5_000)
      t.like(await store.figures(33_000), { due: { job: 2, expire: 1 }, late: { job: 0, expire: 0 } })
      t.like(await store.figures(36_000), { late: { job: 2, expire: 1 } }, 'its lease ran out')
    },
  )

  storeTest('the oldest callback that waits is known', async (t, store) => {
    await accepted(store, 'a')
    await store.commit({
      callbacks: [
        { ...callbackOf('a', 'late'), createdAt: 9 },
        { ...callbackOf('a', 'early'), createdAt: 5 },
      ],
    })
    t.is((await store.figures(10)).oldestCallbackAt, 5)
    await store.commit({ doneCallback: 'early' })
    t.is((await store.figures(10)).oldestCallbackAt, 9)
  })

  storeTest('assets come in pages, each from behind the last of the one before', async (t, store) => {
    for (const id of ['b', 'a', 'c'])
      for (const [version, registeredAt] of [
        ['1.0.0', 1],
        ['1.1.0', 2],
        ['0.9.0', 2],
      ] as const)
        await store.saveAsset(assetRecord(version, registeredAt, { id, bundleId: id + version }), false)
    const all = await store.listAssets()
    t.is(all.length, 9)
    for (const limit of [1, 2, 4, 9, 20]) {
      const seen: (typeof all)[number][] = []
      for (let page = await store.listAssets(undefined, { limit }); page.length > 0; ) {
        seen.push(...page)
        const last = page.at(-1)
        page = last === undefined ? [] : await store.listAssets(undefined, { limit, after: last })
      }
      t.deepEqual(seen, all, `pages of ${limit}`)
    }
    t.deepEqual(await store.listAssets('b', { limit: 1, after: { id: 'b', version: '0.9.0' } }), all.slice(4, 5))
  })

  storeTest('an asset that was removed since still marks where its page ended', async (t, store) => {
    for (const id of ['a', 'b', 'c']) await store.saveAsset(assetRecord('1.0.0', 1, { id, bundleId: id }), false)
    await store.removeAsset('b', 2)
    const page = await store.listAssets(undefined, { limit: 9, after: { id: 'b', version: '1.0.0' } })
    t.deepEqual(
      page.map(({ id }) => id),
      ['c'],
    )
  })
}
