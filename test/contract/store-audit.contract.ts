import { chainStart, linkProblem, placeOf } from '../../core/audit/chain.ts'
import type { AuditDraft, Author } from '../../core/audit/entry.ts'
import type { AuditQuery } from '../../core/audit/query.ts'
import type { Store } from '../../core/ports/store.ts'
import { sha256 } from '../../entrypoint/stores/sha256.ts'
import type { StoreTest } from './store.contract.ts'
import { accepted, after, assetRecord, callbackOf, failed, resultOf, stored, verified } from './store-examples.ts'

const operator: Author = { actor: { kind: 'operator', id: 'key-1', name: 'Ann', via: 'key' }, requestId: 'request-1' }

function draft(id: string, more: Partial<AuditDraft> = {}): AuditDraft {
  return { ...operator, action: 'offer.published', object: { kind: 'offer', id }, outcome: 'done', ...more }
}

async function actions(store: Store, query: Partial<AuditQuery> = {}): Promise<readonly string[]> {
  const page = await store.auditEntries({ order: 'oldest-first', limit: 1_000, ...query })
  return page.map(({ entry }) => entry.action)
}

/** Every link of the log from its beginning to its end. @throws Error at the first that does not hold */
async function walk(store: Store): Promise<number> {
  const { pruned, last } = await store.auditHead()
  let place = pruned
  for (const sealed of await store.auditEntries({ order: 'oldest-first', limit: 100_000 })) {
    const problem = linkProblem(place, sealed, sha256)
    if (problem !== undefined) throw new Error(problem)
    place = placeOf(sealed)
  }
  if (place.hash !== last.hash) throw new Error('the head is another one')
  return place.sequence - pruned.sequence
}

/** The audit log: entries in the transaction of what they tell of, chained, found, pruned from the beginning. */
export function testStoredAudit(storeTest: StoreTest): void {
  storeTest('an empty log begins at the beginning', async (t, store) => {
    t.deepEqual(await store.auditHead(), { last: chainStart, pruned: chainStart })
    t.deepEqual(await actions(store), [])
    await store.appendAudit([])
    t.is((await store.auditHead()).last.sequence, 0)
  })

  storeTest('entries are chained in the order in which they were written', async (t, store) => {
    await store.appendAudit([draft('a', { detail: { count: 1, names: ['ü', '"'] } }), draft('b')])
    await store.appendAudit([draft('c')])
    const page = await store.auditEntries({ order: 'oldest-first', limit: 10 })
    t.deepEqual(
      page.map(({ entry }) => [entry.sequence, entry.object.id]),
      [
        [1, 'a'],
        [2, 'b'],
        [3, 'c'],
      ],
    )
    t.like(page[0]?.entry, { actor: operator.actor, requestId: 'request-1', detail: { count: 1, names: ['ü', '"'] } })
    t.is(await walk(store), 3)
  })

  storeTest('what changes a job or transfer has its entry, a mark of the engine’s own has none', async (t, store) => {
    await store.commit({ job: after(await accepted(store, 'a'), verified) })
    const { value, revision } = stored(await store.job('job-a'))
    await store.commit({ job: { value, revision } })
    const transfer = stored(await store.transfer('transfer-a'))
    await store.commit({ transfer: { value: { ...transfer.value, unknownSince: 3 }, revision: transfer.revision } })
    t.deepEqual(await actions(store), ['transfer.accepted', 'job.verified'])
    await store.commit({
      job: after(stored(await store.job('job-a')), failed),
      result: resultOf('a'),
      callbacks: [callbackOf('a')],
      by: operator,
    })
    t.deepEqual(await actions(store, { after: 2 }), ['job.failed', 'result.registered'])
    t.like((await store.auditEntries({ order: 'newest-first', limit: 1 }))[0]?.entry.actor, { id: 'key-1' })
    await store.commit({ doneCallback: 'callback-a', callbackOutcome: 'delivered' })
    await store.markResult('job-a', { expiresAt: 50, reason: 'the transfer is completed' })
    await store.markResult('job-a', { expiresAt: 50 })
    await store.markResult('job-a', { removedAt: 60, erased: { objects: 2, bytes: 3, uploads: 0, left: 0 } })
    await store.markResult('job-a', { removedAt: 70 })
    t.deepEqual(await actions(store, { after: 4 }), ['callback.done', 'result.expiry-set', 'result.removed'])
    t.is((await store.result('job-a'))?.removedAt, 60)
    t.is(await walk(store), 7)
  })

  storeTest('a change that is not made has no entry, and one that came before none a second time', async (t, store) => {
    const job = after(await accepted(store, 'a'), verified)
    t.is(await store.commit({ job: { ...job, revision: 99 } }), 'stale')
    await accepted(store, 'a')
    t.deepEqual(await actions(store), ['transfer.accepted'])
    t.is(await walk(store), 1)
  })

  storeTest('what is there before a change is told to who asks', async (t, store) => {
    const job = after(await accepted(store, 'a'), verified)
    const seen: unknown[] = []
    const tell = (before: { job?: { state: string } }): unknown => seen.push(before.job?.state)
    t.is(await store.commit({ job: { ...job, revision: 99 }, seen: tell }), 'stale')
    t.is(await store.commit({ job, seen: tell }), 'done')
    t.deepEqual(seen, ['accepted'])
  })

  storeTest('assets have their entries, with whoever did it', async (t, store) => {
    await store.saveAsset(assetRecord('1.0.0', 1, { dotenv: 'SECRET=hidden-value' }), false, operator)
    await store.saveAsset(assetRecord('1.0.0', 2), false, operator)
    await store.saveAsset(assetRecord('1.0.0', 3), true, operator)
    await store.enableAsset('asset', false, operator)
    await store.enableAsset('asset', true, operator)
    await store.enableAsset('nobody', true, operator)
    await store.markDirectoryAsset('asset', '1.0.0', true)
    await store.markDirectoryAsset('asset', '1.0.0', true)
    await store.markDirectoryAsset('asset', '1.0.0', false)
    await store.removeAsset('asset', 5, operator)
    await store.removeAsset('asset', 6, operator)
    t.deepEqual(await actions(store), [
      'asset.registered',
      'asset.replaced',
      'asset.paused',
      'asset.resumed',
      'asset.offered-again',
      'asset.withdrawn',
      'asset.removed',
    ])
    const page = await store.auditEntries({ order: 'oldest-first', limit: 10 })
    t.false(JSON.stringify(page).includes('hidden-value'))
    t.is(page[0]?.entry.actor.id, 'key-1')
    t.is(page[4]?.entry.actor.kind, 'service')
  })

  storeTest('entries are found by action, actor, object and time, in either order, in pages', async (t, store) => {
    await store.appendAudit([
      draft('a'),
      draft('b', { action: 'offer.unpublished' }),
      draft('c', { actor: { kind: 'service' } }),
      draft('d', { jobId: 'job-x', object: { kind: 'result', id: 'job-x' } }),
      draft('e', { jobId: 'job-x', object: { kind: 'transfer', id: 'transfer-x' } }),
    ])
    const ids = async (query: Partial<AuditQuery>): Promise<string> =>
      (await store.auditEntries({ order: 'oldest-first', limit: 10, ...query }))
        .map(({ entry }) => 'abcde'[entry.sequence - 1])
        .join('')
    t.is(await ids({ action: 'offer.unpublished' }), 'b')
    t.is(await ids({ actorKind: 'service' }), 'c')
    t.is(await ids({ actorKind: 'operator', actorId: 'key-1' }), 'abde')
    t.is(await ids({ actorId: 'nobody' }), '')
    t.is(await ids({ objectKind: 'offer', objectId: 'a' }), 'a')
    t.is(await ids({ objectId: 'job-x' }), 'de')
    t.is(await ids({ order: 'newest-first', limit: 2 }), 'ed')
    t.is(await ids({ order: 'newest-first', limit: 2, after: 4 }), 'cb')
    t.is(await ids({ limit: 2, after: 3 }), 'de')
    const at = Date.parse((await store.auditEntries({ order: 'newest-first', limit: 1 }))[0]?.entry.at ?? '')
    t.is(await ids({ from: at - 60_000, to: at + 1 }), 'abcde')
    t.is(await ids({ to: at - 60_000 }), '')
    t.is(await ids({ from: at + 1 }), '')
  })

  storeTest('the log is pruned from its beginning, and what is left can still be checked', async (t, store) => {
    await store.appendAudit(['a', 'b', 'c'].map((id) => draft(id)))
    t.is(await store.pruneAudit(0), 0)
    t.is(await walk(store), 3)
    t.is(await store.pruneAudit(Date.now() + 60_000), 3)
    t.deepEqual(await actions(store), ['log.pruned'])
    const { pruned, last } = await store.auditHead()
    t.is(pruned.sequence, 3)
    t.is(last.sequence, 4)
    t.like((await store.auditEntries({ order: 'oldest-first', limit: 1 }))[0]?.entry, {
      sequence: 4,
      detail: { through: 3, hash: pruned.hash, entries: 3 },
    })
    t.is(await walk(store), 1)
    await store.appendAudit([draft('d')])
    t.is(await walk(store), 2)
  })

  storeTest('however many write at once, also through several stores, there is one chain', async (t, store, place) => {
    const others = await Promise.all([place.open(), place.open()])
    try {
      const writers = [store, ...others]
      await Promise.all(
        Array.from({ length: 30 }, async (_, index) => {
          await writers[index % 3]?.appendAudit([draft(`${index}`), draft('twice')])
        }),
      )
      t.is(await walk(store), 60)
    } finally {
      for (const other of others) await other.close()
    }
  })
}
