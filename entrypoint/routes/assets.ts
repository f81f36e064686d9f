import { Router } from '@koa/router'
import type { z } from 'zod'
import { ServiceError } from '../../core/errors.ts'
import { bundlePrefix } from '../../core/job/names.ts'
import type { AssetPlace, AssetRecord, Store } from '../../core/ports/store.ts'
import { authorOf } from '../access/author-of.ts'
import type { RegisterParts } from '../assets/register.ts'
import type { Answer } from '../http/answer.ts'
import { noSuchPlace, readQuery } from '../http/query.ts'
import { route } from '../access/route.ts'
import {
  type assetDetailSchema,
  type assetPageSchema,
  assetQuerySchema,
  type assetSchema,
  type assetVersionSchema,
} from './asset-schemas.ts'

/** What reads and judges assets is loaded for the first one that is sent. */
const registering = () => import('../assets/register.ts')

/** The administrator's compute assets: register, replace, list, show, pause, resume, remove. */
export function assetRoutes(parts: RegisterParts): Router {
  const router = new Router({ prefix: '/api/v1/assets' })
  router.post('/', route('/api/v1/assets', 'admin:write'), async (ctx) => {
    const { registerAsset } = await registering()
    const record = await registerAsset(parts, ctx.req, undefined, authorOf(ctx))
    ctx.status = 201
    ctx.set('Location', `/api/v1/assets/${record.id}/versions/${record.version}`)
    ctx.body = view(record)
  })
  router.put('/:id/versions/:version', route('/api/v1/assets/:id/versions/:version', 'admin:write'), async (ctx) => {
    const { registerAsset } = await registering()
    const place = { id: ctx.params['id'] ?? '', version: ctx.params['version'] ?? '' }
    ctx.body = view(await registerAsset(parts, ctx.req, place, authorOf(ctx)))
  })
  router.get('/', route('/api/v1/assets', 'admin:read'), async (ctx) => {
    ctx.body = await page(parts, readQuery(ctx, assetQuerySchema))
  })
  router.get('/:id', route('/api/v1/assets/:id', 'admin:read'), async (ctx) => {
    ctx.body = assetView(await versionsOf(parts, ctx.params['id']))
  })
  router.get('/:id/versions/:version', route('/api/v1/assets/:id/versions/:version', 'admin:read'), async (ctx) => {
    const versions = await versionsOf(parts, ctx.params['id'])
    const record = versions.find((one) => one.version === ctx.params['version'])
    if (record === undefined)
      throw new ServiceError('asset-unknown', `There is no version ${ctx.params['version']} of ${ctx.params['id']}.`)
    const detail: Answer<typeof assetDetailSchema> = {
      ...view(record),
      document: record.document,
      dotenv: record.dotenv ?? null,
    }
    ctx.body = detail
  })
  for (const [action, enabled] of [
    ['pause', false],
    ['resume', true],
  ] as const) {
    router.post(`/:id/${action}`, route(`/api/v1/assets/:id/${action}`, 'admin:operate'), async (ctx) => {
      const [{ id }] = await versionsOf(parts, ctx.params['id'])
      await parts.store.enableAsset(id, enabled, authorOf(ctx))
      ctx.body = assetView(await versionsOf(parts, id))
    })
  }
  router.delete('/:id', route('/api/v1/assets/:id', 'admin:write'), async (ctx) => {
    const versions = await versionsOf(parts, ctx.params['id'])
    const { id } = versions[0]
    if ((await parts.store.removeAsset(id, parts.clock.now(), authorOf(ctx))) === 'live-jobs') {
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

/** One page of all versions. `next` names the last of a full page; versions removed since still mark their place. */
async function page(
  { store }: RegisterParts,
  { after, limit }: z.output<typeof assetQuerySchema>,
): Promise<Answer<typeof assetPageSchema>> {
  const place = after === undefined ? undefined : await placeOf(store, after)
  const records = await store.listAssets(undefined, { limit, ...(place === undefined ? {} : { after: place }) })
  const last = records.length === limit ? records.at(-1) : undefined
  return { assets: records.map(view), next: last === undefined ? null : `${last.id}/${last.version}` }
}

async function placeOf(store: Store, after: string): Promise<AssetPlace> {
  const [id = '', version = '', ...more] = after.split('/')
  if (more.length > 0 || (await store.assetVersion(id, version)) === undefined)
    throw noSuchPlace('after', `there is no asset version ${JSON.stringify(after)}; expected <id>/<version>`)
  return { id, version }
}

function assetView(versions: readonly [AssetRecord, ...AssetRecord[]]): Answer<typeof assetSchema> {
  return { id: versions[0].id, versions: versions.map(view) }
}

function view(record: AssetRecord): Answer<typeof assetVersionSchema> {
  const { id, version, enabled, bundled, registeredAt } = record
  return {
    id,
    version,
    enabled,
    registeredAt: new Date(registeredAt).toISOString(),
    bundled: Object.entries(bundled).map(([name, { size, sha256 }]) => ({ name, size, sha256 })),
  }
}
