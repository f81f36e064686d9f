import { Router } from '@koa/router'
import { ServiceError } from '../../core/errors.ts'
import { bundlePrefix } from '../../core/job/names.ts'
import type { AssetRecord } from '../../core/ports/store.ts'
import { type RegisterParts, registerAsset } from '../assets/register.ts'
import { route } from '../http/request-log.ts'

/** The administrator's compute assets: register, replace, list, show, pause, resume, remove. */
export function assetRoutes(parts: RegisterParts): Router {
  const router = new Router({ prefix: '/api/v1/assets' })
  router.post('/', route('/api/v1/assets'), async (ctx) => {
    const record = await registerAsset(parts, ctx.req)
    ctx.status = 201
    ctx.set('Location', `/api/v1/assets/${record.id}/versions/${record.version}`)
    ctx.body = view(record)
  })
  router.put('/:id/versions/:version', route('/api/v1/assets/:id/versions/:version'), async (ctx) => {
    ctx.body = view(
      await registerAsset(parts, ctx.req, { id: ctx.params['id'] ?? '', version: ctx.params['version'] ?? '' }),
    )
  })
  router.get('/', route('/api/v1/assets'), async (ctx) => {
    ctx.body = { assets: (await parts.store.listAssets()).map(view) }
  })
  router.get('/:id', route('/api/v1/assets/:id'), async (ctx) => {
    const versions = await versionsOf(parts, ctx.params['id'])
    ctx.body = { id: versions[0].id, versions: versions.map(view) }
  })
  router.get('/:id/versions/:version', route('/api/v1/assets/:id/versions/:version'), async (ctx) => {
    const versions = await versionsOf(parts, ctx.params['id'])
    const record = versions.find((one) => one.version === ctx.params['version'])
    if (record === undefined)
      throw new ServiceError('asset-unknown', `There is no version ${ctx.params['version']} of ${ctx.params['id']}.`)
    ctx.body = { ...view(record), document: record.document, dotenv: record.dotenv ?? null }
  })
  for (const [action, enabled] of [
    ['pause', false],
    ['resume', true],
  ] as const) {
    router.post(`/:id/${action}`, route(`/api/v1/assets/:id/${action}`), async (ctx) => {
      const [{ id }] = await versionsOf(parts, ctx.params['id'])
      await parts.store.enableAsset(id, enabled)
      ctx.body = { id, versions: (await versionsOf(parts, id)).map(view) }
    })
  }
  router.delete('/:id', route('/api/v1/assets/:id'), async (ctx) => {
    const versions = await versionsOf(parts, ctx.params['id'])
    const { id } = versions[0]
    if ((await parts.store.removeAsset(id, parts.clock.now())) === 'live-jobs') {
      throw new ServiceError('asset-has-live-jobs', `Jobs of ${id} are still under way.`)
    }
    for (const version of versions) await parts.objects.removeAll(bundlePrefix(version.bundleId))
    ctx.status = 204
  })
  return router
}

async function versionsOf(
  parts: RegisterParts,
  id: string | undefined,
): Promise<readonly [AssetRecord, ...AssetRecord[]]> {
  const [first, ...more] = await parts.store.listAssets(id ?? '')
  if (first === undefined)
    throw new ServiceError('asset-unknown', `No compute asset ${JSON.stringify(id)} is registered.`)
  return [first, ...more]
}

function view(record: AssetRecord): object {
  const { id, version, enabled, bundled, registeredAt } = record
  return {
    id,
    version,
    enabled,
    registeredAt: new Date(registeredAt).toISOString(),
    bundled: Object.entries(bundled).map(([name, { size, sha256 }]) => ({ name, size, sha256 })),
  }
}
