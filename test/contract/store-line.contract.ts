import type { Job } from '../../core/job/job.ts'
import type { CommitOutcome, Contender, SlotRequirement, Store } from '../../core/ports/store.ts'
import type { StoreTest } from './store.contract.ts'
import { accepted, after, failed, slot, slotTaken, stored, terms, underAgreement } from './store-examples.ts'

/** A consumer's job for an asset, queued and due at a time. */
async function queued(store: Store, word: string, consumerId = 'consumer', assetId = 'asset'): Promise<string> {
  const job = await accepted(store, word, assetId)
  const verified = { type: 'verified', terms: { ...terms(`agreement-${word}`), consumerId } } as const
  await store.commit({ job: after(job, verified), wake: [{ kind: 'job', key: `job-${word}`, dueAt: 100 }] })
  return `job-${word}`
}

async function takes(store: Store, jobId: string, require: SlotRequirement): Promise<CommitOutcome> {
  return store.commit({ job: after(stored(await store.job(jobId)), slotTaken), require })
}

/** The job's slot is free: its attempt is removed. */
async function release(store: Store, jobId: string): Promise<void> {
  const { value, revision } = stored(await store.job(jobId))
  const attempts = value.attempts.map((attempt) => ({ ...attempt, removed: true }))
  await store.commit({ job: { value: { ...value, attempts }, revision } })
}

const ids = (contenders: readonly Contender[]): readonly string[] => contenders.map(({ jobId }) => jobId)

/** Limits that are counted in the transaction of a commit, and who waits for a slot. */
export function testStoredLine(storeTest: StoreTest): void {
  storeTest('a consumer has only so many slots, of all assets together', async (t, store) => {
    for (const [word, consumer, asset] of [
      ['a', 'one', 'asset'],
      ['b', 'one', 'other'],
      ['c', 'one', 'third'],
      ['d', 'two', 'asset'],
    ] as const)
      await queued(store, word, consumer, asset)
    const limit = { consumerId: 'one', consumerLimit: 2 }
    t.is(await takes(store, 'job-a', slot(9, limit)), 'done')
    t.is(await takes(store, 'job-b', slot(9, { ...limit, assetId: 'other' })), 'done')
    t.is(await takes(store, 'job-c', slot(9, { ...limit, assetId: 'third' })), 'unmet')
    t.is(stored(await store.job('job-c')).value.state, 'queued')
    t.is(await takes(store, 'job-d', slot(9, { consumerId: 'two', consumerLimit: 1 })), 'done')
    await release(store, 'job-a')
    t.is(await takes(store, 'job-c', slot(9, { ...limit, assetId: 'third' })), 'done')
  })

  storeTest('all together have only so many slots', async (t, store) => {
    for (const word of ['a', 'b', 'c']) await queued(store, word, word, `asset-${word}`)
    const one = (word: string): SlotRequirement =>
      slot(9, { assetId: `asset-${word}`, consumerId: word, totalLimit: 2 })
    t.deepEqual([await takes(store, 'job-a', one('a')), await takes(store, 'job-b', one('b'))], ['done', 'done'])
    t.is(await takes(store, 'job-c', one('c')), 'unmet')
    await release(store, 'job-b')
    t.is(await takes(store, 'job-c', one('c')), 'done')
  })

  storeTest(
    'of twenty jobs that reach for five slots of all at once five get one, also through several stores',
    async (t, store, place) => {
      const other = await place.open()
      const jobs = Array.from({ length: 20 }, (_, index) => String(index))
      for (const word of jobs) await queued(store, word, `consumer-${word}`, `asset-${word}`)
      const outcomes = await Promise.all(
        jobs.map((word, index) =>
          takes(
            index % 2 === 0 ? store : other,
            `job-${word}`,
            slot(9, { assetId: `asset-${word}`, consumerId: `consumer-${word}`, totalLimit: 5 }),
          ),
        ),
      )
      await other.close()
      t.is(outcomes.filter((outcome) => outcome === 'done').length, 5)
      t.is(outcomes.filter((outcome) => outcome === 'unmet').length, 15)
      t.is((await store.line(0, 1)).running, 5)
    },
  )

  storeTest(
    'a consumer has only so many jobs that wait; those that hold a slot or are over do not count',
    async (t, store) => {
      const verify = async (word: string, consumerId = 'consumer'): Promise<CommitOutcome> => {
        const job = after(await accepted(store, word), { type: 'verified', terms: { ...terms(word), consumerId } })
        return store.commit({ job, require: underAgreement(word, 5, { consumerId, queuedLimit: 2 }) })
      }
      t.deepEqual([await verify('a'), await verify('b'), await verify('c')], ['done', 'done', 'queue-full'])
      t.is(stored(await store.job('job-c')).value.state, 'accepted')
      t.is(await verify('d', 'another'), 'done')
      await takes(store, 'job-a', slot(9))
      t.is(await verify('e'), 'done')
      await store.commit({ job: after(stored(await store.job('job-b')), failed) })
      t.is(await verify('f'), 'done')
      t.is(await verify('g'), 'queue-full')
    },
  )

  storeTest('an agreement that is used up is told before a queue that is full', async (t, store) => {
    await queued(store, 'a')
    const job = after(await accepted(store, 'b'), { type: 'verified', terms: terms('agreement-a') })
    t.is(await store.commit({ job, require: underAgreement('agreement-a', 1, { queuedLimit: 1 }) }), 'unmet')
  })

  storeTest(
    'the line shows the oldest waiting jobs of each consumer and asset, and what they hold',
    async (t, store) => {
      t.deepEqual(await store.line(0, 5), { running: 0, contenders: [] })
      for (const word of ['a', 'b', 'c']) await queued(store, word, 'one')
      await queued(store, 'd', 'two')
      await queued(store, 'e', 'one', 'other')
      await accepted(store, 'f')
      await takes(store, 'job-a', slot(9, { consumerId: 'one' }))
      const { running, contenders } = await store.line(50, 9)
      t.is(running, 1)
      t.deepEqual(ids(contenders).toSorted(), ['job-b', 'job-c', 'job-d', 'job-e'])
      const b = contenders.find(({ jobId }) => jobId === 'job-b')
      const { place = 0 } = { ...b }
      const asset = { assetId: 'asset', assetVersion: '1.0.0', assetRunning: 1, due: false }
      t.deepEqual(b, {
        ...asset,
        jobId: 'job-b',
        consumerId: 'one',
        place,
        consumerRunning: 1,
        lastTurn: b?.lastTurn ?? 0,
      })
      const d = contenders.find(({ jobId }) => jobId === 'job-d')
      t.deepEqual(d, { ...asset, jobId: 'job-d', consumerId: 'two', place: d?.place ?? 0, consumerRunning: 0 })
      t.like(
        contenders.find(({ jobId }) => jobId === 'job-e'),
        { assetRunning: 0, consumerRunning: 1 },
      )
      t.true(place < (contenders.find(({ jobId }) => jobId === 'job-c')?.place ?? 0))
      t.deepEqual(ids((await store.line(50, 1)).contenders).toSorted(), ['job-b', 'job-d', 'job-e'], 'the oldest alone')
    },
  )

  storeTest('turns rise with every slot that is taken, whosever it is', async (t, store) => {
    for (const word of ['a', 'b', 'c', 'd', 'e', 'f']) await queued(store, word, ['one', 'two'][word.charCodeAt(0) % 2])
    const lastTurns = async (): Promise<readonly (number | undefined)[]> => {
      const { contenders } = await store.line(0, 1)
      return ['one', 'two'].map((id) => contenders.find(({ consumerId }) => consumerId === id)?.lastTurn)
    }
    const [jobsOfTwo, jobsOfOne] = [
      ['job-a', 'job-c'],
      ['job-b', 'job-d'],
    ] as const
    t.deepEqual(await lastTurns(), [undefined, undefined])
    await takes(store, jobsOfTwo[0], slot(9, { consumerId: 'two' }))
    const [, first] = await lastTurns()
    t.not(first, undefined)
    await takes(store, jobsOfOne[0], slot(9, { consumerId: 'one' }))
    const [second] = await lastTurns()
    t.true((second ?? 0) > (first ?? 0))
    await release(store, jobsOfTwo[0])
    await takes(store, jobsOfTwo[1], slot(9, { consumerId: 'two' }))
    const [one, two] = await lastTurns()
    t.true((two ?? 0) > (one ?? 0))
    t.is(one, second)
  })

  storeTest('who is due and waits for somebody to take it is told from who is asleep or at work', async (t, store) => {
    for (const word of ['a', 'b', 'c']) await queued(store, word)
    await store.wake([
      { kind: 'job', key: 'job-a', dueAt: 5 },
      { kind: 'job', key: 'job-b', dueAt: 10 },
    ])
    const due = async (now: number): Promise<readonly boolean[]> =>
      (await store.line(now, 9)).contenders.map((one) => one.due)
    t.deepEqual(await due(4), [false, false, false])
    t.deepEqual(await due(10), [true, true, false])
    await store.claim(5, 1, 1_000)
    t.deepEqual(await due(10), [false, true, false], 'somebody is at the first')
  })

  storeTest('a job whose work fails does not stand in the line of others', async (t, store) => {
    for (const word of ['a', 'b']) await queued(store, word)
    const [item] = await store.claim(100, 1, 1_000)
    await store.finish(stored(item), 500, 1, 101)
    const { key } = stored(item)
    const rest = ['job-a', 'job-b'].filter((id) => id !== key)
    t.deepEqual(ids((await store.line(200, 9)).contenders), rest)
    t.deepEqual(ids((await store.line(200, 9, key)).contenders).toSorted(), ['job-a', 'job-b'])
    const [again] = await store.claim(500, 9, 1_000).then((items) => items.filter((one) => one.key === key))
    await store.finish(stored(again), 900, 0, 501)
    t.is((await store.line(600, 9)).contenders.length, 2)
  })

  storeTest('who is paused, between two attempts or over does not wait', async (t, store) => {
    for (const word of ['a', 'b', 'c']) await queued(store, word)
    const pause = async (pausedSince: number | undefined): Promise<void> => {
      const { value, revision } = stored(await store.job('job-a'))
      const { pausedSince: _, ...rest } = { pausedSince: undefined, ...value }
      const next: Job = pausedSince === undefined ? rest : ({ ...rest, pausedSince } as Job)
      await store.commit({ job: { value: next, revision } })
    }
    await pause(7)
    const taken = after(stored(await store.job('job-b')), slotTaken, {
      type: 'attempt-failed',
      attempt: 1,
      failure: { cause: 'evicted', message: 'gone' },
    })
    await store.commit({ job: taken })
    await store.commit({ job: after(stored(await store.job('job-c')), failed) })
    t.deepEqual(ids((await store.line(0, 9)).contenders), [], 'b holds the slot of its first attempt')
    await release(store, 'job-b')
    t.deepEqual(ids((await store.line(0, 9)).contenders), ['job-b'])
    await pause(undefined)
    t.deepEqual(ids((await store.line(0, 9)).contenders), ['job-a', 'job-b'])
  })
}
