import { randomUUID } from 'node:crypto'
import { Router } from '@koa/router'
import test, { type ExecutionContext } from 'ava'
import type { Role } from '../../core/access/caller.ts'
import { appServer } from '../../test/support/app-server.ts'
import { recordingLogger } from '../../test/support/recording-logger.ts'
import { makeApp } from '../http/apps.ts'
import { noteCaller } from './caller-of.ts'
import { registeredRoutes, route } from './route.ts'
import { type AccessRule, neededRole } from './rule.ts'

const parts = { logger: recordingLogger(), clock: { now: Date.now }, ids: { next: randomUUID } }

test('an app with a route that has no rule cannot be made', (t) => {
  const router = new Router()
  router.get('/good', route('/good', 'anyone'), () => undefined)
  t.notThrows(() => makeApp('test', parts, () => 'internal', [router]))
  router.get('/bad', () => undefined)
  t.throws(() => makeApp('test', parts, () => 'internal', [router]), { message: /GET \/bad .* no access rule/ })
})

test('nor one that does something before its rule is looked at', (t) => {
  const router = new Router()
  router.post(
    '/late',
    async (_ctx, next) => next(),
    route('/late', 'admin:write'),
    () => undefined,
  )
  t.throws(() => registeredRoutes(router), { message: /POST \/late/ })
})

test('every route is told with its rule', (t) => {
  const router = new Router({ prefix: '/things' })
  router.get('/:id', route('/things/:id', 'admin:read'), () => undefined)
  router.post('/', route('/things', 'admin:write'), () => undefined)
  t.deepEqual(
    registeredRoutes(router).map(({ method, path, rule }) => `${method} ${path.replace(/(.)\/$/, '$1')} ${rule}`),
    ['HEAD /things/:id admin:read', 'GET /things/:id admin:read', 'POST /things admin:write'],
  )
})

async function status(t: ExecutionContext, rule: AccessRule, role: Role | undefined): Promise<number> {
  const router = new Router()
  router.get('/', route('/', rule), (ctx) => {
    ctx.body = 'inside'
  })
  const routes = router.routes()
  const { url } = await appServer(t, (ctx, next) => {
    if (role !== undefined) noteCaller(ctx, { kind: 'key', id: 'id', name: 'name', role })
    return routes(ctx as Parameters<typeof routes>[0], next)
  })
  return (await fetch(url)).status
}

for (const rule of ['anyone', 'admin:read', 'admin:results', 'admin:operate', 'admin:write', 'admin:keys'] as const) {
  test(`${rule}: whom it lets pass`, async (t) => {
    const needed = neededRole[rule]
    t.is(await status(t, rule, undefined), needed === undefined ? 200 : 401, 'nobody was recognised')
    const order: readonly Role[] = ['read', 'operator', 'admin']
    for (const role of order) {
      const enough = needed === undefined || order.indexOf(role) >= order.indexOf(needed)
      t.is(await status(t, rule, role), enough ? 200 : 403, role)
    }
  })
}
