import { preparedReception, type Reception } from '../../core/reception/reception.ts'
import { type ReceptionEvent, transition } from '../../core/reception/transition.ts'
import { isTransitionError } from '../../core/transition-error.ts'
import type { Versioned } from '../../core/ports/store.ts'
import type { StoreTest } from './store.contract.ts'
import { stored } from './store-examples.ts'

/** A pull as it is prepared, told apart by a word. */
export function receptionOf(word: string, more: Partial<Reception> = {}): Reception {
  const terms = { messageId: `m-${word}`, agreementId: 'agreement', assetId: 'asset', profile: 'HttpData-PULL' }
  const made = {
    id: `reception-${word}`,
    connectorId: 'consumer',
    processId: `process-${word}`,
    mode: 'pull',
    terms,
  } as const
  return { ...preparedReception(made, 1), ...more }
}

function after({ value, revision }: Versioned<Reception>, ...events: readonly ReceptionEvent[]): Versioned<Reception> {
  const changed = events.reduce<Reception>((before, event) => {
    const next = transition(before, event, 2)
    if (isTransitionError(next)) throw new Error(`${next.from} does not take ${next.event}`)
    return next
  }, value)
  return { value: changed, revision }
}

const by = { actor: { kind: 'connector', id: 'consumer' } } as const
const source = { endpointType: 'HttpData', endpoint: 'https://provider.example/secret-place' }
const started: ReceptionEvent = { type: 'started', source }
const content = {
  files: [{ path: 'größe.txt', size: 3, sha256: 'a'.repeat(64) }],
  totalBytes: 3,
  folder: 'files/',
  verifiedBy: 'manifest',
} as const

/** What consumers' flows receive. */
export function testStoredReceptions(storeTest: StoreTest): void {
  storeTest(
    'a reception is kept once per process of a connector, also by several stores at once',
    async (t, store, place) => {
      const other = await place.open()
      const both = await Promise.all([
        store.addReception(receptionOf('a'), []),
        other.addReception(receptionOf('a', { id: 'reception-b' }), []),
      ])
      await other.close()
      t.is(both.filter(({ created }) => created).length, 1)
      t.is(new Set(both.map(({ reception }) => reception.value.id)).size, 1)
      const { id } = both[0].reception.value
      t.deepEqual(await store.reception(id), both[0].reception)
      t.deepEqual(await store.receptionOfProcess('consumer', 'process-a'), both[0].reception)
      t.is(await store.receptionOfProcess('another', 'process-a'), undefined)
      t.is(await store.receptionOfProcess('consumer', 'process-b'), undefined)
      t.is(await store.reception(''), undefined)
      t.true((await store.addReception(receptionOf('a', { id: 'reception-c', connectorId: 'another' }), [])).created)
      await t.throwsAsync(store.addReception(receptionOf('z', { id }), []))
    },
  )

  storeTest('what is due of a new reception is due with it, and of a repeated one nothing', async (t, store) => {
    const due = (dueAt: number) => [{ kind: 'reception', key: 'reception-a', dueAt } as const]
    await store.addReception(receptionOf('a'), due(7))
    await store.addReception(receptionOf('a'), due(3))
    t.is(await store.nextDue(), 7)
  })

  storeTest('a reception is changed as it was read, or not at all', async (t, store) => {
    const { reception } = await store.addReception(receptionOf('a'), [])
    const changed = after(reception, started)
    t.is(
      await store.saveReception({ reception: changed, wake: [{ kind: 'reception', key: 'reception-a', dueAt: 7 }] }),
      'done',
    )
    t.deepEqual(await store.reception('reception-a'), { value: changed.value, revision: 2 })
    t.is(await store.nextDue(), 7)
    const late = { ...after(reception, { type: 'terminated' }), revision: 1 }
    t.is(await store.saveReception({ reception: late, wake: [{ kind: 'reception', key: 'other', dueAt: 1 }] }), 'stale')
    t.is(await store.saveReception({ reception: { value: receptionOf('nobody'), revision: 1 } }), 'stale')
    t.is(await store.nextDue(), 7, 'nothing of what was stale was written')
  })

  storeTest('who lost the claim changes no reception any more', async (t, store) => {
    const { reception } = await store.addReception(receptionOf('a'), [])
    await store.wake([{ kind: 'reception', key: 'reception-a', dueAt: 0 }])
    const [slow] = await store.claim(0, 1, 1_000)
    const [quick] = await store.claim(1_000, 1, 1_000)
    t.is(await store.saveReception({ reception: after(reception, started), holder: stored(slow) }), 'stale')
    t.is(await store.saveReception({ reception: after(reception, started), holder: stored(quick) }), 'done')
  })

  storeTest('receptions are listed newest first, in pages, by what they are', async (t, store) => {
    for (const word of ['a', 'b', 'c', 'd']) await store.addReception(receptionOf(word), [])
    await store.addReception(receptionOf('e', { connectorId: 'another' }), [])
    await store.saveReception({ reception: after(stored(await store.reception('reception-b')), started) })
    const ids = async (query: Parameters<typeof store.listReceptions>[0]) =>
      (await store.listReceptions(query)).map(({ id }) => id.at(-1)).join('')
    t.is(await ids({ limit: 9 }), 'edcba')
    t.is(await ids({ limit: 2 }), 'ed')
    t.is(await ids({ limit: 2, before: 'reception-d' }), 'cb')
    t.is(await ids({ limit: 9, before: 'reception-a' }), '')
    t.is(await ids({ limit: 9, connectorId: 'consumer' }), 'dcba')
    t.is(await ids({ limit: 9, state: 'fetching' }), 'b')
    t.is(await ids({ limit: 9, processId: 'process-c' }), 'c')
    t.is(await ids({ limit: 9, processId: 'process-c', connectorId: 'another' }), '')
  })

  storeTest('only a reception that is over and whose files are gone is forgotten', async (t, store) => {
    const { reception } = await store.addReception(receptionOf('a'), [])
    t.is(await store.forgetReception('reception-a'), 'live')
    const over = after(reception, started, { type: 'terminated' })
    await store.saveReception({ reception: over })
    t.is(await store.forgetReception('reception-a'), 'live')
    await store.saveReception({ reception: after({ value: over.value, revision: 2 }, { type: 'removed' }) })
    t.is(await store.forgetReception('reception-a'), 'forgotten')
    t.is(await store.forgetReception('reception-a'), 'unknown')
    t.deepEqual(await store.listReceptions({ limit: 9 }), [])
  })

  storeTest('the audit log tells of a reception, and never of its address or its files', async (t, store) => {
    let { reception } = await store.addReception(receptionOf('a'), [], by)
    const operator = { actor: { kind: 'operator', id: 'boss' } } as const
    const change = async (
      event: ReceptionEvent,
      author: NonNullable<Parameters<typeof store.saveReception>[0]['by']> = by,
    ) => {
      reception = after(reception, event)
      t.is(await store.saveReception({ reception, by: author }), 'done')
      reception = { value: reception.value, revision: reception.revision + 1 }
    }
    await change(started)
    await change({ type: 'suspended' })
    await change({ type: 'resumed' })
    await change({ type: 'failed', failure: { cause: 'unreachable', message: 'Nobody answers.' }, tell: false })
    await change({ type: 'again' }, operator)
    await change({ type: 'received', content, tell: true })
    await change({ type: 'told', news: 'completed', refused: false })
    await change({ type: 'removal-ordered' }, operator)
    await change({ type: 'removed' })
    await store.forgetReception('reception-a')
    const entries = await store.auditEntries({ order: 'oldest-first', objectKind: 'reception', limit: 99 })
    t.deepEqual(
      entries.map(({ entry: { action, actor } }) => `${action} ${actor.id ?? ''}`.trim()),
      [
        'reception.prepared consumer',
        'reception.started consumer',
        'reception.suspended consumer',
        'reception.resumed consumer',
        'reception.failed consumer',
        'reception.fetch-ordered boss',
        'reception.received consumer',
        'reception.completed consumer',
        'reception.removal-ordered boss',
        'reception.removed consumer',
        'reception.forgotten',
      ],
    )
    t.notRegex(JSON.stringify(entries), /secret-place|größe/)
  })

  storeTest('work is claimed by its kind, and asked for by it', async (t, store) => {
    await store.wake([
      { kind: 'job', key: 'a', dueAt: 5 },
      { kind: 'reception', key: 'b', dueAt: 3 },
      { kind: 'deliver', key: 'c', dueAt: 4 },
    ])
    t.is(await store.nextDue(['job', 'deliver']), 4)
    t.is(await store.nextDue(['transfer']), undefined)
    t.deepEqual(
      (await store.claim(9, 9, 1_000, ['reception'])).map(({ key }) => key),
      ['b'],
    )
    t.deepEqual(
      (await store.claim(9, 9, 1_000, ['job', 'reception'])).map(({ key }) => key),
      ['a'],
    )
    t.deepEqual(
      (await store.claim(9, 9, 1_000)).map(({ key }) => key),
      ['c'],
    )
  })
}
