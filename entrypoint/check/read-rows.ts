import { z } from 'zod'
import type { StoredRow, StoredRows, StoredTable } from '../../core/ports/stored-rows.ts'
import type { Finding } from './finding.ts'

// The shapes are written down here once more, and not taken from where rows are written: a checker that shares the writer's view shares
// its faults.

const count = z.coerce.number().int()
const maybe = z.coerce.number().nullable()
const truth = z.union([z.literal(0), z.literal(1)]).transform((value) => value === 1)
const attempt = z.object({
  number: z.int().min(1),
  startedAt: z.number(),
  launched: z.boolean(),
  logsKept: z.boolean(),
  removed: z.boolean(),
})
const jobStates = ['accepted', 'queued', 'starting', 'running', 'storing', 'succeeded', 'failed', 'cancelled'] as const
const job = z.object({
  id: z.string(),
  origin: z.object({
    kind: z.enum(['transfer', 'operator']),
    transferId: z.string().optional(),
    connectorId: z.string().optional(),
    retryOf: z.string().optional(),
  }),
  assetId: z.string(),
  state: z.enum(jobStates),
  attempt: z.int().min(1),
  attempts: z.array(attempt),
  createdAt: z.number(),
  since: z.number(),
  terms: z.object({ assetVersion: z.string(), agreementId: z.string() }).optional(),
  by: z.string().optional(),
  failure: z.object({ cause: z.string() }).optional(),
})
const transfer = z.object({
  id: z.string(),
  connectorId: z.string(),
  processId: z.string(),
  jobId: z.string(),
  createdAt: z.number(),
  since: z.number(),
  state: z.enum(['requested', 'granting', 'granted', 'delivering', 'suspended', 'ended']),
  outcome: z.string().optional(),
  flow: z.object({ type: z.enum(['pull', 'push']), deliveredAt: z.number().optional() }).optional(),
})
const files = z.array(z.object({ path: z.string(), size: z.number(), sha256: z.string() }))
const manifest = z.object({ jobId: z.string(), attempt: z.int(), files, totalBytes: z.number() })
const reception = z.object({
  id: z.string(),
  connectorId: z.string(),
  processId: z.string(),
  flow: z.enum(['prepared', 'started', 'suspended', 'completed', 'terminated']),
  state: z.enum(['awaited', 'fetching', 'verifying', 'received', 'failed', 'removed']),
  source: z.object({}).optional(), // that there is one; what it says is secret
  content: z.object({ files, folder: z.string() }).optional(),
  failure: z.object({ cause: z.string() }).optional(),
  owed: z.enum(['prepared', 'completed', 'errored']).optional(),
  removeAt: z.number().optional(),
  removedAt: z.number().optional(),
})
const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue({ code: 'custom', message: 'this is no JSON' })
    return z.NEVER
  }
})

const schemas = {
  jobs: z
    .object({ holds_slot: truth, state: z.string(), asset_id: z.string(), body: json.pipe(job) })
    .transform(({ body, ...columns }) => ({ ...body, columns })),
  transfers: z
    .object({ connector_id: z.string(), process_id: z.string(), body: json.pipe(transfer) })
    .transform(({ body, ...columns }) => ({ ...body, columns })),
  results: z.object({
    job_id: z.string(),
    transfer_id: z.string().nullable(),
    attempt: count,
    manifest: json.pipe(manifest),
    expires_at: maybe,
    removed_at: maybe,
  }),
  callbacks: z.object({
    id: z.string(),
    transfer_id: z.string(),
    created_at: count,
    message: json.pipe(z.object({ kind: z.enum(['provisioned', 'started', 'completed', 'errored', 'terminate']) })),
  }),
  work: z.object({
    kind: z.string(),
    key: z.string(),
    due_at: count,
    lease: z.string().nullable(),
    lease_until: maybe,
  }),
  assets: z.object({ id: z.string(), version: z.string(), bundle_id: z.string(), removed_at: maybe }),
  receptions: z
    .object({ connector_id: z.string(), process_id: z.string(), state: z.string(), body: json.pipe(reception) })
    .transform(({ body, ...columns }) => ({ ...body, columns })),
} as const satisfies Record<StoredTable, z.ZodType>

/** A job as its row says. */
export type JobRow = z.output<(typeof schemas)['jobs']>
/** A transfer as its row says. */
export type TransferRow = z.output<(typeof schemas)['transfers']>
/** A registered result as its row says. */
export type ResultRow = z.output<(typeof schemas)['results']>
/** A callback of the outbox as its row says. */
export type CallbackRow = z.output<(typeof schemas)['callbacks']>
/** An item of work as its row says. */
export type WorkRow = z.output<(typeof schemas)['work']>
/** An asset version as its row says. */
export type AssetRow = z.output<(typeof schemas)['assets']>
/** A reception as its row says. */
export type ReceptionRow = z.output<(typeof schemas)['receptions']>

/** Everything that the store holds, as far as it can be read. */
export interface StoreContents {
  readonly jobs: ReadonlyMap<string, JobRow>
  readonly transfers: ReadonlyMap<string, TransferRow>
  /** By the id of their job. */
  readonly results: ReadonlyMap<string, ResultRow>
  readonly callbacks: ReadonlyMap<string, CallbackRow>
  /** By `<kind> <key>`. */
  readonly work: ReadonlyMap<string, WorkRow>
  /** By `<id> <version>`. */
  readonly assets: ReadonlyMap<string, AssetRow>
  readonly receptions: ReadonlyMap<string, ReceptionRow>
  /** By `<table> <key>`: rows that are there and cannot be read. What belongs to them is nobody's to remove. */
  readonly unreadable: ReadonlySet<string>
}

/** Rows of a table that are read at once. */
const pageSize = 500

/** Reads every row there is; one that cannot be read is a finding and keeps no other back. */
export async function readRows(store: StoredRows): Promise<{ contents: StoreContents; findings: readonly Finding[] }> {
  const findings: Finding[] = []
  const unreadable = new Set<string>()
  const read = async <T>(table: StoredTable, schema: z.ZodType<T>): Promise<ReadonlyMap<string, T>> => {
    const rows = new Map<string, T>()
    for await (const { key, columns } of allRows(store, table)) {
      const parsed = schema.safeParse(columns)
      if (parsed.success) rows.set(key, parsed.data)
      else {
        const about = `${table} ${key}`
        unreadable.add(about)
        findings.push({ rule: 'unreadable-row', about, message: problemIn(table, key, parsed.error) })
      }
    }
    return rows
  }
  // Work last: what is decided meanwhile has its work, and nothing looks forgotten that is not.
  const [receptions, assets, results, callbacks, transfers, jobs] = [
    await read('receptions', schemas.receptions),
    await read('assets', schemas.assets),
    await read('results', schemas.results),
    await read('callbacks', schemas.callbacks),
    await read('transfers', schemas.transfers),
    await read('jobs', schemas.jobs),
  ]
  const work = await read('work', schemas.work)
  return { contents: { jobs, transfers, results, callbacks, work, assets, receptions, unreadable }, findings }
}

async function* allRows(store: StoredRows, table: StoredTable): AsyncGenerator<StoredRow> {
  for (let after: string | undefined; ; ) {
    const page = await store.rows(table, { limit: pageSize, ...(after === undefined ? {} : { after }) })
    yield* page
    after = page.at(-1)?.key
    if (page.length < pageSize) return
  }
}

function problemIn(table: StoredTable, key: string, error: z.ZodError): string {
  const [issue] = error.issues
  return `The row ${key} of ${table} cannot be read: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}.`
}
