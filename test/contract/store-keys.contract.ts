import type { ApiKey } from '../../core/ports/key-store.ts'
import type { StoreTest } from './store.contract.ts'

function keyOf(id: string, createdAt = 1_700_000_000_000): ApiKey {
  return { id, name: 'ci', role: 'operator', hash: 'ab'.repeat(32), createdAt, expiresAt: createdAt + 90 * 86_400_000 }
}

const by = { actor: { kind: 'operator', id: 'boss', via: 'oidc' }, requestId: 'request-1' } as const

/** API keys. */
export function testStoredKeys(storeTest: StoreTest): void {
  storeTest('an API key is found as it was kept, also by another process', async (t, store, place) => {
    await store.addKey(keyOf('one'))
    const other = await place.open()
    t.deepEqual(await other.apiKey('one'), keyOf('one'))
    t.is(await other.apiKey('two'), undefined)
    t.is(await other.apiKey(''), undefined)
    await other.close()
  })

  storeTest('two API keys may have one name, but not one id', async (t, store) => {
    await store.addKey(keyOf('one'))
    await store.addKey(keyOf('two'))
    await t.throwsAsync(store.addKey({ ...keyOf('one'), hash: 'cd'.repeat(32) }))
    t.deepEqual(await store.apiKey('one'), keyOf('one'))
  })

  storeTest('API keys are listed, oldest first', async (t, store) => {
    t.deepEqual(await store.listKeys(), [])
    for (const [id, createdAt] of [
      ['b', 2],
      ['c', 1],
      ['a', 2],
    ] as const)
      await store.addKey(keyOf(id, createdAt))
    t.deepEqual(
      (await store.listKeys()).map(({ id }) => id),
      ['c', 'a', 'b'],
    )
  })

  storeTest('an API key is revoked once and for all, and stays in the list', async (t, store) => {
    await store.addKey(keyOf('one'))
    await store.addKey(keyOf('two'))
    t.is(await store.revokeKey('one', 1_700_000_000_005), 'revoked')
    t.is(await store.revokeKey('one', 1_700_000_000_009), 'revoked')
    t.is((await store.apiKey('one'))?.revokedAt, 1_700_000_000_005)
    t.is((await store.apiKey('two'))?.revokedAt, undefined)
    t.is((await store.listKeys()).length, 2)
    t.is(await store.revokeKey('nothing', 1), 'unknown')
  })

  storeTest('the last use of an API key never goes back', async (t, store) => {
    await store.addKey(keyOf('one'))
    await store.noteKeyUse('one', 1_700_000_000_050)
    await store.noteKeyUse('one', 1_700_000_000_040)
    t.is((await store.apiKey('one'))?.lastUsedAt, 1_700_000_000_050)
    await store.noteKeyUse('nothing', 1)
  })

  storeTest('the audit log tells of API keys, once each, and never of their hashes', async (t, store) => {
    await store.addKey(keyOf('one'), by)
    await store.revokeKey('one', 2, by)
    await store.revokeKey('one', 3, by)
    await store.revokeKey('nothing', 3, by)
    await t.throwsAsync(store.addKey(keyOf('one'), by))
    const entries = await store.auditEntries({ order: 'oldest-first', objectKind: 'key', limit: 10 })
    t.deepEqual(
      entries.map(({ entry: { action, actor, object, outcome } }) => ({ action, actor, object, outcome })),
      (['key.created', 'key.revoked'] as const).map((action) => ({
        action,
        actor: by.actor,
        object: { kind: 'key', id: 'one' },
        outcome: 'done',
      })),
    )
    t.false(JSON.stringify(entries).includes(keyOf('one').hash))
  })
}
