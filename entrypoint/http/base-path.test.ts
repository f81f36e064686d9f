import { Router } from '@koa/router'
import test from 'ava'
import { httpServer } from '../../test/support/http-server.ts'
import Koa from 'koa'
import { basePath } from './base-path.ts'

for (const base of ['/compute', '/a/b/', '', '/']) {
  test(`below ${JSON.stringify(base)} requests are taken with the prefix and without it`, async (t) => {
    const router = new Router()
    router.get('/results/:id/files/*path', (ctx) => {
      ctx.body = { id: ctx.params['id'], path: ctx.params['path'], query: ctx.query['q'] }
    })
    const app = new Koa().use(basePath(base)).use(router.routes())
    const handle = app.callback()
    const url = await httpServer(t, (request, response) => void handle(request, response))
    const prefix = base.replace(/\/$/, '')
    for (const before of [prefix, '']) {
      const response = await fetch(`${url}${before}/results/1/files/a%20b/c%2Fd?q=%2Fcompute`)
      t.is(response.status, 200, before)
      t.deepEqual(await response.json(), { id: '1', path: 'a b/c/d', query: '/compute' })
    }
    if (prefix !== '') {
      for (const path of [`${prefix}${prefix}/results/1/files/a`, `${prefix}x/results/1/files/a`, prefix])
        t.is((await fetch(url + path)).status, 404, path)
    }
  })
}
