import { z } from 'zod'
import type { AdminApi } from './admin-api.ts'

const reportSchema = z.looseObject({
  ok: z.boolean(),
  at: z.string(),
  findings: z.array(
    z.looseObject({ rule: z.string(), about: z.string(), message: z.string(), promise: z.string(), hint: z.string() }),
  ),
  seen: z.looseObject({
    jobs: z.number(),
    transfers: z.number(),
    results: z.number(),
    callbacks: z.number(),
    receptions: z.number(),
    attempts: z.number(),
    objects: z.number(),
    processes: z.number(),
  }),
})

/** What a check of the whole found. */
export type ShownCheck = z.output<typeof reportSchema>

/** Has the service check everything. It takes as long as there is much to read: without a limit of time. */
export function checkAll(
  api: AdminApi,
  options: { readonly digests: boolean; readonly connectors: boolean },
): Promise<ShownCheck> {
  return api.json('/api/v1/checks', reportSchema, { method: 'POST', json: options, timeoutMs: undefined })
}
