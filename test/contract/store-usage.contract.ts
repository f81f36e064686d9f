import { usageOfAttempt } from '../../core/usage/of-job.ts'
import type { UsagePlace } from '../../core/usage/query.ts'
import type { UsageRecord } from '../../core/usage/record.ts'
import type { StoreTest } from './store.contract.ts'
import { accepted, after, failed, pair, resultOf, slotTaken, stored, terms, verified } from './store-examples.ts'

const resources = { cpu: '500m', memory: '2Gi', ephemeralStorage: '1Gi', gpu: { resource: 'nvidia.com/gpu', count: 2 } }
const times = { workerStartedAt: 10_000, workerEndedAt: 20_000 }
const all = { limit: 100 }

/** Usage: what attempts used, how jobs ended, what was delivered; summed up by group, and kept when the job is forgotten. */
export function testStoredUsage(storeTest: StoreTest): void {
  storeTest('an empty store has used nothing', async (t, store) => {
    t.deepEqual(await store.usageRecords({}, all), [])
    for (const group of ['agreement', 'asset', 'consumer', 'all'] as const)
      t.deepEqual(await store.usageTotals({}, group, all), [])
    await store.addDeliveries([])
    await store.addDeliveries([{ jobId: 'nobody', bytes: 1, deliveries: 1, at: 1 }])
    t.deepEqual(await store.usageRecords({}, all), [], 'nobody’s deliveries are nobody’s')
  })

  storeTest('the end of a job is a record, once, written with the end itself', async (t, store) => {
    await store.commit({ job: after(await accepted(store, 'a'), verified) })
    t.deepEqual(await store.usageRecords({}, all), [], 'it is not over')
    await store.commit({ job: after(stored(await store.job('job-a')), failed) })
    const { value, revision } = stored(await store.job('job-a'))
    await store.commit({ job: { value: { ...value, retriedAs: 'job-b' }, revision } })
    const [record, ...more] = await store.usageRecords({}, all)
    t.deepEqual(more, [])
    t.like(record, {
      kind: 'job',
      jobId: 'job-a',
      number: 0,
      outcome: 'failed',
      cause: 'exit-code',
      assetId: 'asset',
      assetVersion: '1.0.0',
      agreementId: 'agreement',
      consumerId: 'consumer',
      connectorId: 'provider',
    })
  })

  storeTest('nothing is counted where the commit is stale', async (t, store) => {
    const job = after(await accepted(store, 'a'), verified, failed)
    t.is(await store.commit({ job: { ...job, revision: 99 } }), 'stale')
    t.deepEqual(await store.usageRecords({}, all), [])
  })

  storeTest('a job that was never verified counts for its asset alone', async (t, store) => {
    await store.commit({ job: after(await accepted(store, 'a'), failed) })
    t.like((await store.usageRecords({}, all))[0], { assetVersion: null, agreementId: null, consumerId: null })
    t.like((await store.usageTotals({}, 'agreement', all))[0], { key: null, failed: 1 })
    t.like((await store.usageTotals({}, 'asset', all))[0], { key: 'asset', failed: 1 })
  })

  storeTest('an attempt is counted with the change that ends it, and comes back as it was', async (t, store) => {
    const job = after(await accepted(store, 'a'), verified, slotTaken, failed)
    const attempt = { ...stored(job.value.attempts[0]), ...times, fetchedBytes: 7 }
    const moved = { fetchedBytes: 7, storedBytes: 3 }
    const usage = usageOfAttempt(job.value, attempt, resources, moved, 30_000)
    t.like(usage, { cpuSeconds: 5, memoryGibSeconds: 20, gpuSeconds: 20 })
    t.is(await store.commit({ job, usage }), 'done')
    const records = await store.usageRecords({}, all)
    t.deepEqual(
      records.find(({ kind }) => kind === 'attempt'),
      usage,
    )
    t.like((await store.usageTotals({}, 'consumer', all))[0], {
      key: 'consumer',
      attempts: 1,
      failed: 1,
      succeeded: 0,
      cpuSeconds: 5,
      memoryGibSeconds: 20,
      gpuSeconds: 20,
      fetchedBytes: 7,
      storedBytes: 3,
    })
  })

  storeTest('deliveries add up by job and day', async (t, store) => {
    await store.commit({ job: after(await accepted(store, 'a'), verified) })
    const day = 86_400_000
    await store.addDeliveries([{ jobId: 'job-a', bytes: 5, deliveries: 1, at: day + 1 }])
    await store.addDeliveries([{ jobId: 'job-a', bytes: 2 ** 40, deliveries: 3, at: day + 7 }])
    await store.addDeliveries([{ jobId: 'job-a', bytes: 1, deliveries: 1, at: 2 * day }])
    const records = await store.usageRecords({}, all)
    t.deepEqual(
      records.map(({ number, at, deliveredBytes, deliveries }) => ({ number, at, deliveredBytes, deliveries })),
      [
        { number: 1, at: day + 7, deliveredBytes: 2 ** 40 + 5, deliveries: 4 },
        { number: 2, at: 2 * day, deliveredBytes: 1, deliveries: 1 },
      ],
    )
    t.like((await store.usageTotals({}, 'all', all))[0], { key: null, deliveredBytes: 2 ** 40 + 6, deliveries: 5 })
  })

  storeTest('usage is found by agreement, asset, consumer and time, and comes in pages', async (t, store) => {
    for (const [index, word] of ['a', 'b', 'c', 'd'].entries()) {
      const { transfer, job } = pair(word, index < 2 ? 'asset' : 'other')
      await store.accept(transfer, job, [])
      const verifiedAs = { type: 'verified', terms: terms(index % 2 === 0 ? 'even' : 'odd') } as const
      await store.commit({ job: after(stored(await store.job(job.id)), verifiedAs, failed) })
    }
    const jobs = async (filter: object): Promise<readonly string[]> =>
      (await store.usageRecords(filter, all)).map(({ jobId }) => jobId)
    t.deepEqual(await jobs({ agreementId: 'even' }), ['job-a', 'job-c'])
    t.deepEqual(await jobs({ assetId: 'other' }), ['job-c', 'job-d'])
    t.deepEqual(await jobs({ consumerId: 'nobody' }), [])
    t.deepEqual(await jobs({ from: 2, to: 3 }), ['job-a', 'job-b', 'job-c', 'job-d'])
    t.deepEqual(await jobs({ to: 2 }), [])
    t.deepEqual(await jobs({ from: 3 }), [])
    const seen: UsageRecord[] = []
    for (let place: UsagePlace | undefined; ; place = seen.at(-1)) {
      const page = await store.usageRecords({}, { limit: 3, ...(place === undefined ? {} : { after: place }) })
      seen.push(...page)
      if (page.length < 3) break
    }
    t.deepEqual(
      seen.map(({ jobId }) => jobId),
      ['job-a', 'job-b', 'job-c', 'job-d'],
    )
    const keys = async (page: { limit: number; after?: string }) =>
      (await store.usageTotals({}, 'agreement', page)).map(({ key, failed: count }) => [key, count])
    t.deepEqual(await keys({ limit: 1 }), [['even', 2]])
    t.deepEqual(await keys({ limit: 5, after: 'even' }), [['odd', 2]])
  })

  storeTest(
    'a job that is forgotten is gone, but for what it used and its place in the allowance',
    async (t, store) => {
      t.is(await store.forgetJob('job-a'), 'unknown')
      await store.commit({ job: after(await accepted(store, 'a'), verified, slotTaken), result: resultOf('a') })
      t.is(await store.forgetJob('job-a'), 'live', 'it is under way')
      const over = after(stored(await store.job('job-a')), failed)
      await store.commit({ job: { ...over, value: { ...over.value, attempts: [] } } })
      t.is(await store.forgetJob('job-a'), 'live', 'its result is there')
      await store.markResult('job-a', { removedAt: 9 })
      t.is(await store.forgetJob('job-a'), 'live', 'its transfer is open')
      const transfer = stored(await store.transfer('transfer-a'))
      const ended = { ...transfer.value, state: 'ended', outcome: 'completed', reason: 'done' } as const
      await store.commit({ transfer: { value: ended, revision: transfer.revision } })
      t.is(await store.forgetJob('job-a'), 'forgotten')
      t.is(await store.job('job-a'), undefined)
      t.is(await store.result('job-a'), undefined)
      t.is(await store.transfer('transfer-a'), undefined)
      t.is(await store.forgetJob('job-a'), 'unknown')
      t.is((await store.usageRecords({ agreementId: 'agreement' }, all)).length, 1)
      t.is((await store.auditEntries({ order: 'newest-first', limit: 1 }))[0]?.entry.action, 'job.forgotten')
      const require = {
        kind: 'agreement',
        assetId: 'asset',
        agreementId: 'agreement',
        limit: 1,
        consumerId: 'consumer',
        queuedLimit: 100,
      } as const
      const next = after(await accepted(store, 'b'), verified)
      t.is(await store.commit({ job: next, require }), 'unmet', 'the allowance does not come back')
      t.is(await store.commit({ job: next, require: { ...require, limit: 2 } }), 'done')
    },
  )
}
