import { repeatedJob } from '../../core/job/job.ts'
import type { Change } from '../../core/ports/store.ts'
import type { Flow } from '../../core/transfer/flow.ts'
import { requestedTransfer } from '../../core/transfer/transfer.ts'
import { transition } from '../../core/transfer/transition.ts'
import { isTransitionError } from '../../core/transition-error.ts'
import type { StoreTest } from './store.contract.ts'
import {
  accepted,
  after,
  assetRecord,
  callbackOf,
  failed,
  pair,
  resultOf,
  slot,
  slotTaken,
  stored,
  terms,
  underAgreement,
  verified,
} from './store-examples.ts'

/** Transfers, jobs, results and callbacks: kept whole, changed together, read back as they were written. */
export function testStoredState(storeTest: StoreTest): void {
  storeTest('an accepted transfer and its job are there, and due', async (t, store) => {
    const { transfer, job } = pair('a')
    t.deepEqual(await store.accept(transfer, job, [{ kind: 'job', key: job.id, dueAt: 5 }]), {
      transfer,
      created: true,
    })
    t.deepEqual((await store.transfer(transfer.id))?.value, transfer)
    t.deepEqual((await store.job(job.id))?.value, job)
    t.deepEqual(await store.transfersOfProcess('provider', transfer.processId), [transfer])
    t.is(await store.nextDue(), 5)
  })

  storeTest('a data flow is kept whole, with what a control plane is to be told of it', async (t, store) => {
    const { transfer, job } = pair('a')
    const destination = {
      endpointType: 'HttpData',
      endpoint: 'https://sink',
      properties: { authCode: 'ein Schlüssel' },
    }
    const flow: Flow = {
      type: 'push',
      start: 'sync',
      messageId: 'm',
      agreementId: 'agreement',
      consumerId: 'consumer',
      profile: 'Compute-PUSH',
      parameters: '{"TOP":5}',
      destination,
    }
    const started = requestedTransfer({ ...transfer, flow }, 1)
    t.is(started.state, 'granted')
    await store.accept(started, job, [])
    t.deepEqual(await store.transfersOfProcess('provider', transfer.processId), [started])
    const before = stored(await store.transfer(transfer.id))
    const messages = [{ kind: 'started' }, { kind: 'completed' }, { kind: 'errored', reason: 'it failed' }] as const
    const callbacks = messages.map((message) => ({ ...callbackOf('a'), id: message.kind, message }))
    const value = transition(before.value, { type: 'ended', outcome: 'failed', reason: 'it failed' }, 5)
    if (isTransitionError(value)) throw new Error('it cannot end')
    const wake = [{ kind: 'deliver', key: transfer.id, dueAt: 3 }] as const
    t.is(await store.commit({ transfer: { ...before, value }, callbacks, wake }), 'done')
    for (const callback of callbacks) t.deepEqual(await store.callback(callback.id), callback)
    t.deepEqual((await store.transfer(transfer.id))?.value, value)
    t.false(JSON.stringify(await store.transfer(transfer.id)).includes('Schlüssel'), 'what opens it is forgotten')
    const [item] = await store.claim(10, 1, 1_000, ['deliver'])
    t.like(item, { kind: 'deliver', key: transfer.id })
  })

  storeTest('the same message again gives the older transfer and keeps nothing new', async (t, store) => {
    const first = pair('a')
    await store.accept(first.transfer, first.job, [])
    const again = { ...first.transfer, id: 'transfer-b', jobId: 'job-b' }
    const outcome = await store.accept(again, { ...first.job, id: 'job-b' }, [{ kind: 'job', key: 'job-b', dueAt: 1 }])
    t.deepEqual(outcome, { transfer: first.transfer, created: false })
    t.is(await store.job('job-b'), undefined)
    t.is(await store.transfer('transfer-b'), undefined)
    t.is(await store.nextDue(), undefined)
  })

  storeTest(
    'a transfer of an asset that is not offered is not kept; one that came before still is',
    async (t, store) => {
      const wanted = (word: string) => {
        const { transfer, job } = pair(word)
        return store.acceptOffered(transfer, job, [{ kind: 'job', key: job.id, dueAt: 1 }])
      }
      t.is(await wanted('a'), undefined)
      t.is(await store.transfer('transfer-a'), undefined)
      t.is(await store.nextDue(), undefined)
      const record = assetRecord('1.0.0', 1)
      await store.saveAsset(record, false)
      t.deepEqual(await wanted('a'), { transfer: pair('a').transfer, created: true })
      t.is(await store.nextDue(), 1)
      await store.enableAsset('asset', false)
      t.is(await wanted('b'), undefined)
      const again = { ...pair('a').transfer, id: 'transfer-b' }
      t.deepEqual(await store.acceptOffered(again, { ...pair('a').job, id: 'job-b' }, []), {
        transfer: pair('a').transfer,
        created: false,
      })
      await store.enableAsset('asset', true)
      const other = pair('c')
      await t.throwsAsync(store.acceptOffered({ ...other.transfer, id: 'transfer-a' }, other.job, []), {
        message: /taken by another/,
      })
    },
  )

  storeTest('of twenty equal messages at once one is kept, also through several stores', async (t, store, place) => {
    const other = await place.open()
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const { transfer, job } = pair('a')
        const [id, jobId] = [`transfer-${index}`, `job-${index}`]
        return (index % 2 === 0 ? store : other).accept({ ...transfer, id, jobId }, { ...job, id: jobId }, [])
      }),
    )
    await other.close()
    t.is(outcomes.filter(({ created }) => created).length, 1)
    t.is(new Set(outcomes.map(({ transfer }) => transfer.jobId)).size, 1)
    t.is((await store.listJobs({ limit: 100 })).length, 1)
  })

  storeTest('another definition, process or connector is another transfer', async (t, store) => {
    const { transfer, job } = pair('a')
    const others = [{}, { definitionId: 'x' }, { processId: 'x' }, { connectorId: 'x' }]
    for (const [index, other] of others.entries()) {
      const one = { ...transfer, ...other, id: `transfer-${index}`, jobId: `job-${index}` }
      t.true((await store.accept(one, { ...job, id: one.jobId }, [])).created)
    }
    t.deepEqual((await store.transfersOfProcess('provider', transfer.processId)).map(({ id }) => id).toSorted(), [
      'transfer-0',
      'transfer-1',
    ])
  })

  storeTest('a transfer whose id is taken by another is an error, and nothing is kept of it', async (t, store) => {
    const first = pair('a')
    const second = pair('b')
    await store.accept(first.transfer, first.job, [])
    await t.throwsAsync(store.accept({ ...second.transfer, id: first.transfer.id }, second.job, []))
    t.is(await store.job('job-b'), undefined)
    await t.throwsAsync(store.accept(second.transfer, { ...second.job, id: 'job-a' }, []))
    t.is(await store.transfer('transfer-b'), undefined)
  })

  storeTest('what is not there is undefined', async (t, store) => {
    t.is(await store.job('x'), undefined)
    t.is(await store.transfer('x'), undefined)
    t.is(await store.result('x'), undefined)
    t.is(await store.callback('x'), undefined)
    t.deepEqual(await store.transfersOfProcess('provider', 'x'), [])
    t.deepEqual(await store.listJobs({ limit: 10 }), [])
  })

  storeTest('a commit writes everything it names', async (t, store) => {
    const job = after(await accepted(store, 'a'), verified, slotTaken)
    const transfer = stored(await store.transfer('transfer-a'))
    const granting = transition(transfer.value, { type: 'address-decided' }, 9)
    if (isTransitionError(granting)) return t.fail()
    const outcome = await store.commit({
      job,
      transfer: { value: granting, revision: transfer.revision },
      result: resultOf('a'),
      callbacks: [callbackOf('a')],
      wake: [{ kind: 'callback', key: 'callback-a', dueAt: 11 }],
    })
    t.is(outcome, 'done')
    t.deepEqual(await store.job('job-a'), { value: job.value, revision: job.revision + 1 })
    t.deepEqual(await store.transfer('transfer-a'), { value: granting, revision: transfer.revision + 1 })
    t.deepEqual(await store.result('job-a'), resultOf('a'))
    t.deepEqual(await store.callback('callback-a'), callbackOf('a'))
    t.is(await store.nextDue(), 11)
  })

  const bystanders: Change = {
    result: resultOf('a'),
    callbacks: [callbackOf('a')],
    wake: [{ kind: 'callback', key: 'callback-a', dueAt: 1 }],
  }

  storeTest('a commit on a job that somebody else changed meanwhile writes nothing', async (t, store) => {
    const job = await accepted(store, 'a')
    const transfer = stored(await store.transfer('transfer-a'))
    t.is(await store.commit({ job: after(job, verified) }), 'done')
    t.is(await store.commit({ ...bystanders, transfer, job: after(job, failed) }), 'stale')
    t.is((await store.job('job-a'))?.value.state, 'queued')
    t.is((await store.transfer('transfer-a'))?.revision, transfer.revision)
    t.is(await store.result('job-a'), undefined)
    t.is(await store.callback('callback-a'), undefined)
    t.is(await store.nextDue(), undefined)
  })

  storeTest('a commit on a transfer that somebody else changed meanwhile writes nothing', async (t, store) => {
    const job = await accepted(store, 'a')
    const transfer = stored(await store.transfer('transfer-a'))
    t.is(await store.commit({ transfer }), 'done')
    t.is(await store.commit({ ...bystanders, transfer, job: after(job, failed) }), 'stale')
    t.is((await store.job('job-a'))?.value.state, 'accepted', 'the job, written before the transfer, is rolled back')
    t.is(await store.result('job-a'), undefined)
  })

  storeTest('of ten changes of one revision at once one is written', async (t, store) => {
    const job = await accepted(store, 'a')
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => store.commit({ job: after(job, verified) })))
    t.deepEqual(outcomes.toSorted(), ['done', ...Array.from({ length: 9 }, () => 'stale' as const)])
  })

  storeTest('a change that came before is stale, also where what it adds is there already', async (t, store) => {
    const job = await accepted(store, 'a')
    const change = { job: after(job, verified), result: resultOf('a'), callbacks: [callbackOf('a')] }
    t.is(await store.commit(change), 'done')
    t.is(await store.commit(change), 'stale')
    t.deepEqual(await store.callback('callback-a'), callbackOf('a'))
  })

  storeTest('a change of which the audit log cannot be told is not made', async (t, store) => {
    const job = await accepted(store, 'a')
    const result = resultOf('a')
    const manifest = { ...result.manifest, files: undefined } as unknown as typeof result.manifest // a fault of ours
    await t.throwsAsync(store.commit({ job: after(job, verified), result: { ...result, manifest } }))
    t.deepEqual(await store.job('job-a'), job)
    t.is(await store.result('job-a'), undefined)
  })

  storeTest(
    'a result is registered once; the second one is an error and takes its whole commit along',
    async (t, store) => {
      const job = await accepted(store, 'a')
      await store.commit({ result: resultOf('a') })
      const second = { ...resultOf('a'), attempt: 2 }
      await t.throwsAsync(store.commit({ job: after(job, verified), result: second, callbacks: [callbackOf('a')] }))
      t.deepEqual(await store.result('job-a'), resultOf('a'))
      t.is((await store.job('job-a'))?.value.state, 'accepted')
      t.is(await store.callback('callback-a'), undefined)
    },
  )

  storeTest('a slot is taken only while fewer than the limit are', async (t, store) => {
    const require = slot(2)
    const start = async (word: string): Promise<string> => {
      const queued = after(await accepted(store, word), verified)
      await store.commit({ job: queued })
      const job = stored(await store.job(`job-${word}`))
      return store.commit({
        ...bystanders,
        job: after(job, slotTaken),
        require,
        result: resultOf(word),
        callbacks: [callbackOf(word)],
      })
    }
    t.deepEqual([await start('a'), await start('b'), await start('c')], ['done', 'done', 'unmet'])
    t.is((await store.job('job-c'))?.value.state, 'queued')
    t.is(await store.result('job-c'), undefined)
    t.is(await store.callback('callback-c'), undefined)
    await accepted(store, 'd', 'other-asset')
    const other = stored(await store.job('job-d'))
    t.is(
      await store.commit({
        job: after(other, verified, slotTaken),
        require: { ...require, assetId: 'other-asset', limit: 1 },
      }),
      'done',
    )
  })

  storeTest(
    'a slot is held until every attempt is removed, also when its job is over; a job does not stand in its own way',
    async (t, store) => {
      const require = slot(1)
      const holder = after(await accepted(store, 'a'), verified, slotTaken, failed)
      await store.commit({ job: holder })
      const waiting = after(await accepted(store, 'b'), verified, slotTaken)
      t.is(await store.commit({ job: waiting, require }), 'unmet')
      const again = stored(await store.job('job-a'))
      t.is(await store.commit({ job: again, require }), 'done', 'its own slot does not count')
      const attempts = again.value.attempts.map((attempt) => ({ ...attempt, removed: true }))
      const removed = stored(await store.job('job-a'))
      await store.commit({ job: { value: { ...removed.value, attempts }, revision: removed.revision } })
      t.is(await store.commit({ job: waiting, require }), 'done')
    },
  )

  storeTest('of ten jobs that reach for three slots at once three get one', async (t, store) => {
    const jobs = await Promise.all(Array.from({ length: 10 }, (_, index) => accepted(store, String(index))))
    const require = slot(3)
    const outcomes = await Promise.all(
      jobs.map((job) => store.commit({ job: after(job, verified, slotTaken), require })),
    )
    t.is(outcomes.filter((outcome) => outcome === 'done').length, 3)
    t.is(outcomes.filter((outcome) => outcome === 'unmet').length, 7)
  })

  storeTest('an agreement has its number of jobs for an asset, whatever became of them', async (t, store) => {
    const verify = async (word: string, agreementId: string, assetId = 'asset'): Promise<string> => {
      const job = after(await accepted(store, word, assetId), { type: 'verified', terms: terms(agreementId) })
      return store.commit({ job, require: underAgreement(agreementId, 2, { assetId }) })
    }
    t.is(await verify('a', 'one'), 'done')
    await store.commit({ job: after(stored(await store.job('job-a')), failed) })
    t.is(await verify('b', 'one'), 'done')
    t.is(await verify('c', 'one'), 'unmet')
    t.is((await store.job('job-c'))?.value.state, 'accepted')
    t.is(await verify('d', 'two'), 'done')
    t.is(await verify('e', 'one', 'other-asset'), 'done')
  })

  storeTest(
    'a job that repeats another comes into being with the change of that one, or not at all',
    async (t, store) => {
      const job = after(await accepted(store, 'a'), verified, failed)
      const newJob = repeatedJob('job-b', { kind: 'operator', retryOf: 'job-a' }, 'asset', terms(), 3)
      const wake = [{ kind: 'job', key: 'job-b', dueAt: 4 }] as const
      t.is(await store.commit({ job, newJob, wake }), 'done')
      t.deepEqual(await store.job('job-b'), { value: newJob, revision: 1 })
      t.is(await store.nextDue(), 4)
      const again = { ...newJob, id: 'job-c' }
      t.is(await store.commit({ job, newJob: again }), 'stale')
      t.is(await store.job('job-c'), undefined)
      await t.throwsAsync(store.commit({ newJob }), undefined, 'an id is given once')
    },
  )

  storeTest('a job that repeats another does not count against the agreement', async (t, store) => {
    const newJob = repeatedJob('job-b', { kind: 'operator', retryOf: 'job-a' }, 'asset', terms('one'), 3)
    await store.commit({ newJob })
    await store.commit({ job: after(stored(await store.job('job-b')), slotTaken) })
    const job = after(await accepted(store, 'c'), { type: 'verified', terms: terms('one') })
    const require = underAgreement('one', 1)
    t.is(await store.commit({ job, require }), 'done')
  })

  storeTest('a result of no transfer is kept with its end', async (t, store) => {
    const { transferId: _, ...result } = { ...resultOf('a'), expiresAt: 99 }
    await store.commit({ result })
    t.deepEqual(await store.result('job-a'), result)
  })

  storeTest('jobs are listed newest first, by asset and state, page by page', async (t, store) => {
    for (const word of ['a', 'b', 'c', 'd']) await accepted(store, word, word === 'c' ? 'other' : 'asset')
    await store.commit({ job: after(stored(await store.job('job-b')), failed) })
    const ids = async (query: object): Promise<readonly string[]> =>
      (await store.listJobs({ limit: 10, ...query })).map(({ id }) => id)
    t.deepEqual(await ids({}), ['job-d', 'job-c', 'job-b', 'job-a'])
    t.deepEqual(await ids({ assetId: 'asset' }), ['job-d', 'job-b', 'job-a'])
    t.deepEqual(await ids({ state: 'failed' }), ['job-b'])
    t.deepEqual(await ids({ assetId: 'asset', state: 'accepted' }), ['job-d', 'job-a'])
    t.deepEqual(await ids({ limit: 2 }), ['job-d', 'job-c'])
    t.deepEqual(await ids({ limit: 2, before: 'job-c' }), ['job-b', 'job-a'])
    t.deepEqual(await ids({ before: 'job-a' }), [])
    t.deepEqual(await ids({ before: 'nobody' }), [])
    t.deepEqual(await ids({ assetId: 'nothing' }), [])
  })

  storeTest('a result is marked when it is to go and when it went; after that nothing changes', async (t, store) => {
    await store.commit({ result: resultOf('a') })
    await store.markResult('job-a', { expiresAt: 100 })
    await store.markResult('job-a', { expiresAt: 50 })
    t.deepEqual(await store.result('job-a'), { ...resultOf('a'), expiresAt: 50 })
    await store.markResult('job-a', { removedAt: 60 })
    await store.markResult('job-a', { expiresAt: 70, removedAt: 80 })
    t.deepEqual(await store.result('job-a'), { ...resultOf('a'), expiresAt: 50, removedAt: 60 })
    await t.notThrowsAsync(store.markResult('nobody', { removedAt: 1 }))
  })

  storeTest('a callback is there until it is done with, in one commit with what follows from it', async (t, store) => {
    await store.commit({ callbacks: [callbackOf('a'), callbackOf('a', 'second')] })
    await store.commit({ doneCallback: 'callback-a', callbacks: [callbackOf('a', 'third')] })
    t.is(await store.callback('callback-a'), undefined)
    t.deepEqual(await store.callback('second'), callbackOf('a', 'second'))
    t.deepEqual(await store.callback('third'), callbackOf('a', 'third'))
    t.is(await store.commit({ doneCallback: 'callback-a' }), 'done', 'doing it again is no error')
  })

  storeTest('a callback is not done with where the commit is stale', async (t, store) => {
    const job = await accepted(store, 'a')
    await store.commit({ job, callbacks: [callbackOf('a')] })
    t.is(await store.commit({ job, doneCallback: 'callback-a' }), 'stale')
    t.deepEqual(await store.callback('callback-a'), callbackOf('a'))
  })

  storeTest('everything is there again after closing and opening', async (t, store, place) => {
    const job = after(await accepted(store, 'a'), verified, slotTaken)
    await store.saveAsset(assetRecord('1.0.0', 1), false)
    await store.commit({
      job,
      result: resultOf('a'),
      callbacks: [callbackOf('a')],
      wake: [{ kind: 'job', key: 'job-a', dueAt: 3 }],
    })
    await store.close()
    const again = await place.open()
    t.deepEqual(await again.job('job-a'), { value: job.value, revision: job.revision + 1 })
    t.deepEqual((await again.transfer('transfer-a'))?.value, pair('a').transfer)
    t.deepEqual(await again.result('job-a'), resultOf('a'))
    t.deepEqual(await again.callback('callback-a'), callbackOf('a'))
    t.deepEqual(await again.newestAsset('asset'), assetRecord('1.0.0', 1))
    t.is(await again.nextDue(), 3)
    await again.close()
  })

  storeTest('it can be checked while it is open, and closed twice', async (t, store) => {
    await t.notThrowsAsync(store.check())
    await store.close()
    await t.throwsAsync(store.check())
    await t.notThrowsAsync(store.close())
  })
}
