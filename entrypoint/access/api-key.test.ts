import test from 'ava'
import { callerOfKey } from './caller-of-key.ts'
import { hashOfKey, idInKey, makeApiKey } from './api-key.ts'
import { ServiceError } from '../../core/errors.ts'
import type { ApiKey } from '../../core/ports/key-store.ts'
import { recordingLogger } from '../../test/support/recording-logger.ts'

test('every key is another one, can be recognised, and stands in a header', (t) => {
  const made = Array.from({ length: 200 }, makeApiKey)
  t.is(new Set(made.map(({ text }) => text)).size, 200)
  t.is(new Set(made.map(({ id }) => id)).size, 200)
  for (const { id, text, hash } of made) {
    t.is(idInKey(text), id)
    t.regex(text, /^dsc_[a-z2-9]{10}_[A-Za-z0-9_-]{43}$/)
    t.is(hash, hashOfKey(text).toString('hex'))
    t.false(text.includes(hash))
  }
})

test('what is no key has no id', (t) => {
  const { text } = makeApiKey()
  for (const other of ['', 'dsc_', text.slice(0, -1), `${text}A`, text.toUpperCase(), ` ${text}`, `${text}\n`, 'a.b.c'])
    t.is(idInKey(other), undefined, JSON.stringify(other))
})

const { id, text, hash } = makeApiKey()
const key: ApiKey = { id, name: 'ci', role: 'read', hash, createdAt: 1_000, expiresAt: 10_000_000 }

function check(stored: ApiKey | undefined, now: number) {
  const noted: number[] = []
  const logger = recordingLogger()
  const parts = {
    keys: {
      apiKey: async () => stored,
      noteKeyUse: async (_: string, at: number) => void noted.push(at),
    },
    clock: { now: () => now },
    logger,
  }
  return { parts, noted, logger }
}

test('a key names its caller', async (t) => {
  t.deepEqual(await callerOfKey(check(key, 2_000).parts, text), { kind: 'key', id, name: 'ci', role: 'read' })
})

test('an unknown, an expired, a revoked key and one with another secret are nobody’s', async (t) => {
  const other = makeApiKey()
  for (const [what, stored, now] of [
    ['unknown', undefined, 2_000],
    ['expired', key, 10_000_000],
    ['long expired', key, 99_000_000],
    ['revoked', { ...key, revokedAt: 1_500 }, 2_000],
    ['revoked in the future', { ...key, revokedAt: 9_000_000 }, 2_000],
    ['another secret', { ...key, hash: other.hash }, 2_000],
    ['a hash that is none', { ...key, hash: '' }, 2_000],
    ['the hash of nothing', { ...key, hash: '00'.repeat(32) }, 2_000],
    ['the key itself in place of its hash', { ...key, hash: text }, 2_000],
  ] as const)
    t.is(await callerOfKey(check(stored, now).parts, text), undefined, what)
})

test('its use is noted every five minutes and no oftener', async (t) => {
  const first = check(key, 2_000_000)
  await callerOfKey(first.parts, text)
  t.deepEqual(first.noted, [2_000_000])
  const again = check({ ...key, lastUsedAt: 2_000_000 }, 2_299_999)
  await callerOfKey(again.parts, text)
  t.deepEqual(again.noted, [])
  const later = check({ ...key, lastUsedAt: 2_000_000 }, 2_300_000)
  await callerOfKey(later.parts, text)
  t.deepEqual(later.noted, [2_300_000])
})

test('where its use cannot be noted the key works all the same', async (t) => {
  const { parts, logger } = check(key, 2_000_000)
  const failing = { ...parts, keys: { ...parts.keys, noteKeyUse: () => Promise.reject(new Error('read-only')) } }
  t.is((await callerOfKey(failing, text))?.id, id)
  await new Promise(setImmediate)
  t.is(logger.lines[0]?.level, 'warn')
})

test('a store that is away is no wrong key', async (t) => {
  const { parts } = check(key, 2_000)
  const away = { ...parts, keys: { ...parts.keys, apiKey: () => Promise.reject(new Error('away')) } }
  await t.throwsAsync(callerOfKey(away, text), { instanceOf: ServiceError, code: 'store-unavailable' })
})
