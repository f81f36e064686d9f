import { Router } from '@koa/router'
import type { z } from 'zod'
import { route } from '../access/route.ts'
import type { CheckOptions, CheckReport } from '../check/check.ts'
import { checkRules } from '../check/finding.ts'
import type { Answer } from '../http/answer.ts'
import { readBody } from '../http/query.ts'
import { readJson } from '../http/read-json.ts'
import { wholeCheckRequestSchema, type wholeCheckReportSchema } from './check-schemas.ts'

/** Largest body of a request for a check, in bytes. */
const maximumBodyBytes = 1024

/** What the route works with. */
export interface CheckRouteParts {
  /** Checks the whole; `connectors` says whether connectors are asked. */
  readonly check: (options: Pick<CheckOptions, 'digests'> & { readonly connectors: boolean }) => Promise<CheckReport>
}

/** The administrator's check of the whole: what store, backend, object store and connectors say of one another. */
export function checkRoutes(parts: CheckRouteParts): Router {
  const router = new Router()
  const underWay = new Map<string, Promise<CheckReport>>()
  router.post('/api/v1/checks', route('/api/v1/checks', 'admin:operate'), async (ctx) => {
    const empty = ctx.get('Transfer-Encoding') === '' && (ctx.request.length ?? 0) === 0
    const options = readBody(empty ? {} : await readJson(ctx, maximumBodyBytes), wholeCheckRequestSchema)
    // It reads everything there is: whoever asks for the same meanwhile gets the same answer.
    const key = JSON.stringify(options)
    const running = underWay.get(key)
    const report = running ?? parts.check(options)
    if (running === undefined) {
      underWay.set(key, report)
      void report.catch(() => undefined).finally(() => underWay.delete(key))
    }
    ctx.body = view(await report)
  })
  return router
}

function view({ at, findings, seen }: CheckReport): Answer<typeof wholeCheckReportSchema> {
  const shown: z.output<typeof wholeCheckReportSchema>['findings'] = findings.map((finding) => ({
    ...finding,
    ...checkRules[finding.rule],
  }))
  return { ok: findings.length === 0, at: new Date(at).toISOString(), findings: shown, seen }
}
