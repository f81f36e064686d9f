import { z } from 'zod'
import type { AdminApi } from './admin-api.ts'
import { queryText } from './query-text.ts'

const totalsSchema = z.looseObject({
  key: z.string().nullable(),
  jobs: z.looseObject({ succeeded: z.number(), failed: z.number(), cancelled: z.number() }),
  attempts: z.number(),
  cpuSeconds: z.number(),
  memoryGibSeconds: z.number(),
  gpuSeconds: z.number(),
  fetchedBytes: z.number(),
  storedBytes: z.number(),
  deliveredBytes: z.number(),
})

/** Sums of one group. */
export type ShownTotals = z.output<typeof totalsSchema>

const usageSchema = z.looseObject({ by: z.string(), groups: z.array(totalsSchema), next: z.string().nullable() })

/** Of which jobs; what is unset says nothing. */
export interface UsageQuery {
  readonly agreement?: string | undefined
  readonly asset?: string | undefined
  readonly consumer?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** Sums by group, in order of keys; `next` is the `after` of the page after it. */
export function sumUsage(
  api: AdminApi,
  query: UsageQuery & { readonly by: string; readonly after?: string | undefined; readonly limit: number },
): Promise<z.output<typeof usageSchema>> {
  return api.json(`/api/v1/usage?${queryText({ ...query })}`, usageSchema)
}

/** The records, a JSON object per line, as they come. */
export function usageRecords(api: AdminApi, query: UsageQuery): Promise<ReadableStream<Uint8Array>> {
  return api.stream(`/api/v1/usage/records?${queryText({ ...query })}`)
}
