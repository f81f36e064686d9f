import { Router } from '@koa/router'
import { route } from '../access/route.ts'

/**
 * `/openapi.json`: the document of this listener. It holds nothing of this installation, so it asks for no token.
 * @param load makes the document; called for the first request, because most services are never asked
 */
export function openApiRoutes(load: () => Promise<object>): Router {
  const router = new Router()
  let document: Promise<string> | undefined
  router.get('/openapi.json', route('/openapi.json', 'anyone'), async (ctx) => {
    document ??= load().then((made) => JSON.stringify(made))
    ctx.body = await document
    ctx.type = 'application/json'
  })
  return router
}
