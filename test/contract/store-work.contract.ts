import type { DueWork, Store, WorkItem } from '../../core/ports/store.ts'
import type { Reception } from '../../core/reception/reception.ts'
import type { StoreTest } from './store.contract.ts'
import { receptionOf } from './store-receptions.contract.ts'
import { accepted, after, callbackOf, failed, stored, verified } from './store-examples.ts'

const job = (key: string, dueAt: number): DueWork => ({ kind: 'job', key, dueAt })
const lease = 1_000

/** The one item that is due. */
async function one(store: Store, now: number): Promise<WorkItem> {
  const items = await store.claim(now, 10, lease)
  if (items.length !== 1 || items[0] === undefined) throw new Error(`${items.length} items are due at ${now}`)
  return items[0]
}

async function keys(store: Store, now: number, limit = 10): Promise<readonly string[]> {
  return (await store.claim(now, limit, lease)).map(({ key }) => key)
}

/** What is due: leased by one at a time, back when a lease runs out, woken while somebody is at it. */
export function testStoredWork(storeTest: StoreTest): void {
  storeTest('work is claimed when it is due, not before', async (t, store) => {
    await store.wake([job('a', 10)])
    t.deepEqual(await keys(store, 9), [])
    const item = await one(store, 10)
    t.like(item, { kind: 'job', key: 'a', failures: 0 })
    t.not(item.lease, '')
  })

  storeTest('the earliest come first, as many as asked for', async (t, store) => {
    await store.wake([job('c', 3), job('a', 1), job('d', 4), job('b', 2)])
    t.deepEqual(await keys(store, 9, 3), ['a', 'b', 'c'])
    t.deepEqual(await keys(store, 9, 3), ['d'])
  })

  storeTest('one key may be due as work of several kinds', async (t, store) => {
    await store.wake([
      job('a', 1),
      { kind: 'expire', key: 'a', dueAt: 1 },
      { kind: 'transfer', key: 'a', dueAt: 1 },
      { kind: 'callback', key: 'a', dueAt: 1 },
    ])
    t.deepEqual((await store.claim(1, 10, lease)).map(({ kind }) => kind).toSorted(), [
      'callback',
      'expire',
      'job',
      'transfer',
    ])
  })

  storeTest('what is due twice is due at the earlier time', async (t, store) => {
    await store.wake([job('a', 10)])
    await store.wake([job('a', 20)])
    t.is(await store.nextDue(), 10)
    await store.wake([job('a', 5)])
    t.is(await store.nextDue(), 5)
    t.is((await store.claim(99, 10, lease)).length, 1)
  })

  storeTest('a clock that was set back holds nothing up but expiries', async (t, store) => {
    const [late, early] = [Date.now() + 86_400_000, Date.now()]
    await store.wake([job('a', late), { kind: 'expire', key: 'b', dueAt: late }])
    await store.clockWentBack(early, 3_600_000, lease)
    t.deepEqual(await keys(store, early + 1_000), ['a'])
  })

  storeTest('expiries that failed or were put off before the clock was set back are due', async (t, store) => {
    const [before, now] = [Date.now() + 3_600_000, Date.now()]
    const expire = (key: string, dueAt: number): DueWork => ({ kind: 'expire', key, dueAt })
    await store.wake([expire('failed', before - 1_000)])
    await store.finish(await one(store, before), before + 300_000, 1, before)
    await store.wake([expire('put off', before + 60_000), expire('later', before + 121_000)])
    await store.clockWentBack(now, before - now, lease)
    t.deepEqual((await keys(store, now + 1_000)).toSorted(), ['failed', 'put off'])
  })

  storeTest('a new retention finds what is over and nothing is due of', async (t, store) => {
    const job = await accepted(store, 'over')
    const live = await accepted(store, 'live')
    const bare = await accepted(store, 'without logs')
    await store.commit({ job: after(job, failed) })
    const { value } = after(bare, failed)
    await store.commit({ job: { value: { ...value, logsRemovedAt: 5 }, revision: bare.revision } })
    const gone: Reception = { ...receptionOf('gone'), state: 'removed', removedAt: 5 }
    await store.addReception(gone, [])
    await store.addReception(receptionOf('awaited'), [])
    const now = Date.now()
    const woken = async (): Promise<readonly string[]> => {
      const items = await store.claim(now + 1_000, 10, lease, ['expire', 'reception'])
      for (const item of items) await store.finish(item, undefined, 0, now)
      return items.map(({ kind, key }) => `${kind} ${key}`).toSorted()
    }
    await store.wakeEnded(now, 'logs')
    t.deepEqual(await woken(), [`expire ${job.value.id}`])
    await store.wake([{ kind: 'expire', key: job.value.id, dueAt: now + 5_000 }])
    await store.wakeEnded(now, 'history')
    t.deepEqual(await woken(), [`expire ${bare.value.id}`, 'reception reception-gone'], 'what has its time keeps it')
    t.is(stored(await store.job(live.value.id)).value.state, 'accepted')
  })

  storeTest('nobody gets a leased item until the lease runs out', async (t, store) => {
    await store.wake([job('a', 0)])
    await one(store, 0)
    t.deepEqual(await keys(store, lease - 1), [])
    t.is(await store.nextDue(), lease)
    t.deepEqual(await keys(store, lease), ['a'])
  })

  storeTest(
    'however many reach for work at once, each item goes to one, also through several stores',
    async (t, store, place) => {
      const other = await place.open()
      await store.wake(Array.from({ length: 50 }, (_, index) => job(String(index), index)))
      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? store : other).claim(99, 5, lease)),
      )
      await other.close()
      const claimed = claims.flat().map(({ key }) => key)
      t.is(claimed.length, 50)
      t.is(new Set(claimed).size, 50)
    },
  )

  storeTest('finished for good, it is gone', async (t, store) => {
    await store.wake([job('a', 0)])
    await store.finish(await one(store, 0), undefined, 0, 1)
    t.is(await store.nextDue(), undefined)
    t.deepEqual(await keys(store, 9_999), [])
  })

  storeTest('finished for now, it comes back at its time, with its failures', async (t, store) => {
    await store.wake([job('a', 0)])
    await store.finish(await one(store, 0), 50, 3, 1)
    t.is(await store.nextDue(), 50)
    t.deepEqual(await keys(store, 49), [])
    const again = await one(store, 50)
    t.is(again.failures, 3)
    await store.finish(again, 60, 0, 51)
    t.is((await one(store, 60)).failures, 0)
  })

  storeTest(
    'woken while somebody is at it, it is due at once when they are done, whatever they say',
    async (t, store) => {
      for (const dueAt of [undefined, 10_000]) {
        await store.wake([job('a', 0)])
        const item = await one(store, 0)
        await store.wake([job('a', 5_000)])
        t.deepEqual(await keys(store, 20), [], 'the lease still holds')
        await store.finish(item, dueAt, 2, 30)
        t.is(await store.nextDue(), 30)
        const again = await one(store, 30)
        t.is(again.failures, 2)
        await store.finish(again, undefined, 0, 31)
        t.is(await store.nextDue(), undefined, 'it was woken once')
      }
    },
  )

  storeTest('woken in the commit of the one who is at it counts as well', async (t, store) => {
    await store.wake([job('job-a', 0)])
    const item = await one(store, 0)
    await store.commit({ wake: [job('job-a', 7)] })
    await store.finish(item, undefined, 0, 30)
    t.is(await store.nextDue(), 30)
  })

  storeTest('whoever lost the lease changes nothing by finishing', async (t, store) => {
    await store.wake([job('a', 0)])
    const slow = await one(store, 0)
    const quick = await one(store, lease)
    t.not(slow.lease, quick.lease)
    await store.finish(slow, undefined, 9, lease + 1)
    t.is(await store.nextDue(), 2 * lease, 'it is still leased by the second')
    await store.finish(quick, 5_000, 1, lease + 2)
    await store.finish(slow, undefined, 9, lease + 3)
    t.is(await store.nextDue(), 5_000)
    t.is((await one(store, 5_000)).failures, 1)
  })

  storeTest('leases of a process that is gone can be taken at start, but never those of others', async (t, store) => {
    await store.wake([job('a', 0), job('b', 0)])
    await keys(store, 0)
    t.deepEqual(await keys(store, 1), [])
    await store.releaseLeases()
    t.deepEqual((await keys(store, 1)).toSorted(), store.shared ? [] : ['a', 'b'])
    t.deepEqual((await keys(store, 9 * lease)).toSorted(), ['a', 'b'], 'they run out')
  })

  storeTest('a lease that is renewed holds on, one that was lost cannot be renewed', async (t, store) => {
    await store.wake([job('a', 0)])
    const item = await one(store, 0)
    await store.renew([], 1, lease)
    await store.renew([item], lease - 1, lease)
    t.deepEqual(await keys(store, 2 * lease - 2), [])
    const second = await one(store, 2 * lease - 1)
    await store.renew([item], 2 * lease, 100 * lease)
    t.like(await one(store, 3 * lease - 1), { key: 'a' }, 'the second holder’s lease was not made longer by the first')
    t.not(second.lease, item.lease)
  })

  storeTest('who lost the lease writes nothing in its name any more', async (t, store) => {
    const before = await accepted(store, 'a')
    await store.wake([job('job-a', 0)])
    const slow = await one(store, 0)
    t.is(await store.commit({ job: after(before, verified), holder: slow }), 'done', 'it holds')
    const now = stored(await store.job('job-a'))
    const quick = await one(store, lease)
    const bystanders = {
      callbacks: [callbackOf('a')],
      wake: [{ kind: 'callback', key: 'callback-a', dueAt: 1 }],
    } as const
    t.is(await store.commit({ ...bystanders, job: after(now, failed), holder: slow }), 'stale')
    t.deepEqual(await store.job('job-a'), now)
    t.is(await store.callback('callback-a'), undefined)
    t.is(await store.commit({ ...bystanders, job: after(now, failed), holder: quick }), 'done')
    await store.finish(quick, undefined, 0, lease)
    t.is(await store.commit({ doneCallback: 'callback-a', holder: quick }), 'stale', 'it gave the item back')
    t.deepEqual(await store.callback('callback-a'), callbackOf('a'))
  })

  storeTest('a lease that ran out still holds where nobody took the item over', async (t, store) => {
    const before = await accepted(store, 'a')
    await store.wake([job('job-a', 0)])
    const holder = await one(store, 0)
    await store.figures(9 * lease)
    t.is(await store.commit({ job: after(before, verified), holder }), 'done')
  })

  storeTest('no two claims of an item have the same lease, also when it went and came again', async (t, store) => {
    const leases = new Set<string>()
    for (let round = 0; round < 5; round++) {
      await store.wake([job('a', 0)])
      const item = await one(store, 0)
      leases.add(item.lease)
      await store.finish(item, undefined, 0, 0)
    }
    t.is(leases.size, 5)
  })

  storeTest('the next time is the earliest of all, leased or not', async (t, store) => {
    t.is(await store.nextDue(), undefined)
    await store.wake([job('a', 0)])
    await one(store, 0)
    await store.wake([job('b', 500)])
    t.is(await store.nextDue(), 500)
    await store.wake([job('c', 5_000)])
    t.is(await store.nextDue(), 500)
  })

  storeTest(
    'it counts what it holds: jobs by state, what is due, what is late, the oldest callback',
    async (t, store) => {
      const empty = await store.figures(0)
      t.deepEqual(
        [...Object.values(empty.jobs), ...Object.values(empty.due), ...Object.values(empty.late)].filter(
          (count) => count !== 0,
        ),
        [],
      )
      t.is(empty.oldestCallbackAt, undefined)

      await accepted(store, 'a')
      await store.commit({ job: after(await accepted(store, 'b'), verified) })
      const at = 100_000
      await store.wake([
        job('waits', at - 30_000),
        job('fresh', at - 29_999),
        { kind: 'expire', key: 'later', dueAt: at + 1 },
      ])
      await store.commit({
        callbacks: [
          { ...callbackOf('a'), createdAt: 9 },
          { ...callbackOf('b'), createdAt: 8 },
        ],
      })
      const figures = await store.figures(at)
      t.like(figures.jobs, { accepted: 1, queued: 1, running: 0, failed: 0 })
      t.deepEqual(figures.due, { job: 2, transfer: 0, callback: 0, expire: 0, deliver: 0, reception: 0 })
      t.deepEqual(figures.late, { job: 1, transfer: 0, callback: 0, expire: 0, deliver: 0, reception: 0 })
      t.is(figures.oldestCallbackAt, 8)

      await store.claim(at, 10, 5_000)
      t.is((await store.figures(at)).late.job, 0, 'somebody is at it')
      t.is((await store.figures(at)).due.job, 2)
      t.is((await store.figures(at + 5_000)).late.job, 2, 'nobody is any more')
    },
  )

  storeTest('nothing to wake is no error', async (t, store) => {
    await store.wake([])
    t.is(await store.nextDue(), undefined)
  })
}
