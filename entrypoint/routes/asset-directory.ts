import { Router } from '@koa/router'
import type { AssetDirectory } from '../assets/directory/asset-directory.ts'
import type { Answer } from '../http/answer.ts'
import { route } from '../access/route.ts'
import type { assetDirectorySchema } from './asset-directory-schemas.ts'

/** What became of the folders of the asset directory, `undefined` where there is none. */
export function assetDirectoryRoutes(directory: AssetDirectory | undefined): Router {
  const router = new Router()
  router.get('/api/v1/asset-directory', route('/api/v1/asset-directory', 'admin:read'), (ctx) => {
    const { lookedAt, unreadable = null, folders = [] } = directory?.state() ?? {}
    const view: Answer<typeof assetDirectorySchema> = {
      directory: directory?.path ?? null,
      lookedAt: lookedAt === undefined ? null : new Date(lookedAt).toISOString(),
      unreadable,
      folders: folders.map(({ folder, id = null, version = null, problem }) => ({
        folder,
        id,
        version,
        registered: problem === undefined,
        problem:
          problem === undefined
            ? null
            : { ...problem, problems: problem.problems.map(({ where, message }) => ({ where, message })) },
      })),
    }
    ctx.body = view
  })
  return router
}
