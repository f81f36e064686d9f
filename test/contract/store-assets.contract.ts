import type { StoreTest } from './store.contract.ts'
import { accepted, after, assetRecord, failed, slotTaken, stored, verified } from './store-examples.ts'

/** Asset versions: kept, replaced only while no job has them, newest first, removed without being taken from their jobs. */
export function testStoredAssets(storeTest: StoreTest): void {
  storeTest('an asset version is kept as it was sent', async (t, store) => {
    const record = assetRecord('1.0.0', 5, { dotenv: 'A=1\r\n# ü\n' })
    t.is(await store.saveAsset(record, false), 'saved')
    t.deepEqual(await store.assetVersion('asset', '1.0.0'), record)
    t.deepEqual(await store.newestAsset('asset'), record)
    t.deepEqual(await store.listAssets(), [record])
    t.is(await store.assetVersion('asset', '2.0.0'), undefined)
    t.is(await store.newestAsset('nobody'), undefined)
    t.deepEqual(await store.listAssets('nobody'), [])
  })

  storeTest('a version that is there stays as it is, unless replacing is asked for', async (t, store) => {
    const first = assetRecord('1.0.0', 1, { dotenv: 'A=1' })
    const second = assetRecord('1.0.0', 2)
    await store.saveAsset(first, false)
    t.is(await store.saveAsset(second, false), 'exists')
    t.deepEqual(await store.assetVersion('asset', '1.0.0'), first)
    t.is(await store.saveAsset(second, true), 'saved')
    t.deepEqual(await store.assetVersion('asset', '1.0.0'), second)
    t.is((await store.listAssets()).length, 1)
  })

  storeTest('a version that a job has used is never replaced', async (t, store) => {
    const first = assetRecord('1.0.0', 1)
    await store.saveAsset(first, false)
    await store.commit({ job: after(await accepted(store, 'a'), verified, failed) })
    t.is(await store.saveAsset(assetRecord('1.0.0', 2), true), 'in-use')
    t.is(await store.saveAsset(assetRecord('1.0.0', 2), false), 'exists')
    t.deepEqual(await store.assetVersion('asset', '1.0.0'), first)
    t.is(await store.saveAsset(assetRecord('1.0.1', 2), false), 'saved', 'another version is free')
  })

  storeTest(
    'the newest is the one registered last, not the one with the highest number; disabled ones are passed over',
    async (t, store) => {
      await store.saveAsset(assetRecord('2.0.0', 1), false)
      await store.saveAsset(assetRecord('1.9.0', 2), false)
      await store.saveAsset(assetRecord('3.0.0', 3, { enabled: false }), false)
      t.is((await store.newestAsset('asset'))?.version, '1.9.0')
      await store.saveAsset(assetRecord('2.0.0', 4), true)
      t.is((await store.newestAsset('asset'))?.version, '2.0.0')
    },
  )

  storeTest('of two registered in the same millisecond the later one is the newest', async (t, store) => {
    await store.saveAsset(assetRecord('1.0.0', 1), false)
    await store.saveAsset(assetRecord('1.0.1', 1), false)
    t.is((await store.newestAsset('asset'))?.version, '1.0.1')
  })

  storeTest('assets are listed by id, newest version first', async (t, store) => {
    await store.saveAsset(assetRecord('1.0.0', 1, { id: 'b' }), false)
    await store.saveAsset(assetRecord('1.0.0', 2, { id: 'a' }), false)
    await store.saveAsset(assetRecord('1.1.0', 3, { id: 'b' }), false)
    const shown = async (id?: string): Promise<readonly string[]> =>
      (await store.listAssets(id)).map((one) => `${one.id} ${one.version}`)
    t.deepEqual(await shown(), ['a 1.0.0', 'b 1.1.0', 'b 1.0.0'])
    t.deepEqual(await shown('b'), ['b 1.1.0', 'b 1.0.0'])
  })

  storeTest('a paused asset is not offered, but listed, until it is resumed', async (t, store) => {
    await store.saveAsset(assetRecord('1.0.0', 1), false)
    await store.saveAsset(assetRecord('1.1.0', 2), false)
    await store.saveAsset(assetRecord('1.0.0', 2, { id: 'other' }), false)
    await store.enableAsset('asset', false)
    t.is(await store.newestAsset('asset'), undefined)
    t.deepEqual(
      (await store.listAssets('asset')).map(({ enabled }) => enabled),
      [false, false],
    )
    t.like(await store.assetVersion('asset', '1.0.0'), { enabled: false })
    t.is((await store.newestAsset('other'))?.version, '1.0.0')
    await store.enableAsset('asset', true)
    t.is((await store.newestAsset('asset'))?.version, '1.1.0')
    await t.notThrowsAsync(store.enableAsset('nobody', true))
  })

  storeTest('resuming brings nothing back that was removed', async (t, store) => {
    await store.saveAsset(assetRecord('1.0.0', 1), false)
    await store.removeAsset('asset', 5)
    await store.enableAsset('asset', true)
    t.is(await store.newestAsset('asset'), undefined)
  })

  storeTest(
    'what goes from the folder is not offered until it comes back; what is paused stays paused',
    async (t, store) => {
      await store.saveAsset(assetRecord('1.0.0', 1), false)
      await store.saveAsset(assetRecord('1.1.0', 2), false)
      t.deepEqual(await store.directoryAssets(), [])
      for (const version of ['1.0.0', '1.1.0']) await store.markDirectoryAsset('asset', version, true)
      t.is((await store.newestAsset('asset'))?.version, '1.1.0')
      await store.markDirectoryAsset('asset', '1.1.0', false)
      t.deepEqual(await store.directoryAssets(), [
        { id: 'asset', version: '1.0.0', withdrawn: false },
        { id: 'asset', version: '1.1.0', withdrawn: true },
      ])
      t.is((await store.newestAsset('asset'))?.version, '1.0.0', 'the one before is offered again')
      await store.markDirectoryAsset('asset', '1.1.0', true)
      t.is((await store.newestAsset('asset'))?.version, '1.1.0')

      await store.enableAsset('asset', false)
      for (const version of ['1.0.0', '1.1.0']) await store.markDirectoryAsset('asset', version, true)
      t.is(await store.newestAsset('asset'), undefined, 'an operator paused it')
      await store.removeAsset('asset', 5)
      await store.markDirectoryAsset('asset', '1.1.0', false)
      await store.markDirectoryAsset('asset', '1.1.0', true)
      t.is(await store.newestAsset('asset'), undefined, 'it was removed')
    },
  )

  storeTest('assets are listed page by page, each version once, also where several have one time', async (t, store) => {
    for (const id of ['a', 'b', 'c'])
      for (const version of ['1.0.0', '1.0.1', '1.0.2']) await store.saveAsset(assetRecord(version, 7, { id }), false)
    const all = (await store.listAssets()).map(({ id, version }) => ({ id, version }))
    t.is(all.length, 9)
    for (const limit of [1, 2, 4, 9, 10]) {
      const seen: (typeof all)[number][] = []
      for (let after = seen.at(-1); ; after = seen.at(-1)) {
        const page = await store.listAssets(undefined, { limit, ...(after === undefined ? {} : { after }) })
        t.true(page.length <= limit)
        if (page.length === 0) break
        seen.push(...page.map(({ id, version }) => ({ id, version })))
      }
      t.deepEqual(seen, all, `pages of ${limit}`)
    }
    const within = await store.listAssets('b', { limit: 5, after: { id: 'b', version: '1.0.1' } })
    t.deepEqual(
      within.map(({ version }) => version),
      ['1.0.0'],
    )
  })

  storeTest('a removed asset is offered no more, but the jobs that have it keep it', async (t, store) => {
    await store.saveAsset(assetRecord('1.0.0', 1), false)
    await store.saveAsset(assetRecord('1.1.0', 2), false)
    await store.saveAsset(assetRecord('1.0.0', 2, { id: 'other' }), false)
    t.is(await store.removeAsset('asset', 9), 'removed')
    t.is(await store.newestAsset('asset'), undefined)
    t.deepEqual(
      (await store.listAssets()).map(({ id }) => id),
      ['other'],
    )
    t.like(await store.assetVersion('asset', '1.0.0'), { version: '1.0.0', document: assetRecord('1.0.0', 1).document })
    t.is(await store.removeAsset('asset', 10), 'unknown')
    t.is(await store.removeAsset('nobody', 10), 'unknown')
  })

  storeTest('a removed version that no job used may be registered anew; a used one may not', async (t, store) => {
    await store.saveAsset(assetRecord('1.0.0', 1), false)
    await store.saveAsset(assetRecord('2.0.0', 1), false)
    await store.commit({ job: after(await accepted(store, 'a'), verified, failed) })
    await store.removeAsset('asset', 5)
    t.is(await store.saveAsset(assetRecord('2.0.0', 6), false), 'saved')
    t.is((await store.newestAsset('asset'))?.registeredAt, 6)
    t.not(await store.saveAsset(assetRecord('1.0.0', 7), false), 'saved')
    t.not(await store.saveAsset(assetRecord('1.0.0', 7), true), 'saved')
  })

  storeTest('an asset is not removed while a job of it is not over, or its objects are there', async (t, store) => {
    await store.saveAsset(assetRecord('1.0.0', 1), false)
    await accepted(store, 'a')
    t.is(await store.removeAsset('asset', 5), 'live-jobs', 'accepted')
    for (const event of [verified, slotTaken, failed]) {
      await store.commit({ job: after(stored(await store.job('job-a')), event) })
      t.is(await store.removeAsset('asset', 5), 'live-jobs', event.type)
    }
    t.is((await store.newestAsset('asset'))?.version, '1.0.0', 'it is still offered')
    const { value, revision } = stored(await store.job('job-a'))
    const attempts = value.attempts.map((attempt) => ({ ...attempt, removed: true }))
    await store.commit({ job: { value: { ...value, attempts }, revision } })
    t.is(await store.removeAsset('asset', 5), 'removed')
  })
}
