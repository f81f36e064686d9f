import { Router } from '@koa/router'
import { route } from '../access/route.ts'
import type { PrometheusMetrics } from '../metrics/prometheus.ts'

/** `/metrics` for Prometheus. It tells how busy the provider is, so it stands behind the admin API's authentication. */
export function metricsRoutes(metrics: Pick<PrometheusMetrics, 'exposition' | 'contentType'>): Router {
  const router = new Router()
  router.get('/metrics', route('/metrics', 'admin:read'), async (ctx) => {
    ctx.body = await metrics.exposition()
    ctx.set('Content-Type', metrics.contentType)
  })
  return router
}
