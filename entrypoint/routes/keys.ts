import { Router } from '@koa/router'
import { parseDuration } from '../../core/asset/duration.ts'
import { ServiceError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { ApiKey, KeyStore } from '../../core/ports/key-store.ts'
import { makeApiKey } from '../access/api-key.ts'
import { authorOf } from '../access/author-of.ts'
import { route } from '../access/route.ts'
import type { Answer } from '../http/answer.ts'
import { readBody } from '../http/query.ts'
import { readJson } from '../http/read-json.ts'
import { type keySchema, type keysSchema, type madeKeySchema, newKeySchema } from './key-schemas.ts'

/** Largest body of a request for a key, in bytes. */
const maximumBodyBytes = 16 * 1024

/** The administrator's API keys: make, list, revoke. */
export function keyRoutes({ store, clock }: { readonly store: KeyStore; readonly clock: Clock }): Router {
  const router = new Router({ prefix: '/api/v1/keys' })
  router.post('/', route('/api/v1/keys', 'admin:keys'), async (ctx) => {
    const { name, role, expires } = readBody(await readJson(ctx, maximumBodyBytes), newKeySchema)
    const { id, text, hash } = makeApiKey()
    const createdAt = clock.now()
    const key: ApiKey = { id, name, role, hash, createdAt, expiresAt: createdAt + (parseDuration(expires) ?? 0) }
    await store.addKey(key, authorOf(ctx))
    ctx.status = 201
    ctx.set('Location', `/api/v1/keys/${id}`)
    ctx.set('Cache-Control', 'no-store')
    const made: Answer<typeof madeKeySchema> = { ...view(key, createdAt), key: text }
    ctx.body = made
  })
  router.get('/', route('/api/v1/keys', 'admin:keys'), async (ctx) => {
    const keys = await store.listKeys()
    const answer: Answer<typeof keysSchema> = { keys: keys.map((key) => view(key, clock.now())) }
    ctx.body = answer
  })
  router.get('/:id', route('/api/v1/keys/:id', 'admin:keys'), async (ctx) => {
    const key = await store.apiKey(ctx.params['id'] ?? '')
    if (key === undefined) throw unknownKey(ctx.params['id'])
    ctx.body = view(key, clock.now())
  })
  router.delete('/:id', route('/api/v1/keys/:id', 'admin:keys'), async (ctx) => {
    const outcome = await store.revokeKey(ctx.params['id'] ?? '', clock.now(), authorOf(ctx))
    if (outcome === 'unknown') throw unknownKey(ctx.params['id'])
    ctx.status = 204
  })
  return router
}

function unknownKey(id: string | undefined): ServiceError {
  return new ServiceError('key-unknown', `There is no API key ${JSON.stringify(id?.slice(0, 100))}.`)
}

function view(key: ApiKey, now: number): Answer<typeof keySchema> {
  const { id, name, role, createdAt, expiresAt, lastUsedAt, revokedAt } = key
  return {
    id,
    name,
    role,
    state: revokedAt !== undefined ? 'revoked' : expiresAt <= now ? 'expired' : 'valid',
    createdAt: time(createdAt),
    expiresAt: time(expiresAt),
    lastUsedAt: lastUsedAt === undefined ? null : time(lastUsedAt),
    revokedAt: revokedAt === undefined ? null : time(revokedAt),
  }
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
