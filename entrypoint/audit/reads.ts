import type { AuditDraft } from '../../core/audit/entry.ts'
import type { AuditStore } from '../../core/ports/audit-store.ts'
import type { Logger } from '../../core/ports/logger.ts'
import type { Store } from '../../core/ports/store.ts'

/** Reads of one transfer's result within this time make one entry, and those after the first one more at the end of it. Milliseconds. */
const windowMs = 60_000

/** What reads are noted with. */
export interface ReadParts {
  readonly store: Pick<AuditStore, 'appendAudit'> & Pick<Store, 'job'>
  readonly logger: Logger
  /** @default a minute */
  readonly windowMs?: number
}

/** Writes down who reads results. */
export interface ReadLog {
  /** A file or an archive of a transfer's result begins to be sent. No answer waits for the entry. */
  note(transferId: string, jobId: string): void
  /** Writes down what no entry tells of yet, and waits for it. */
  close(): Promise<void>
}

interface Window {
  readonly jobId: string
  /** Reads that no entry tells of. */
  unwritten: number
  readonly end: NodeJS.Timeout
}

/**
 * Notes that consumers read results: at most one entry a minute for each transfer, which says how many reads it stands for. So a
 * consumer who reads a thousand files, or one file in a thousand ranges, costs two writes and not a thousand.
 */
export function auditReads({ store, logger, windowMs: length = windowMs }: ReadParts): ReadLog {
  const windows = new Map<string, Window>()
  const writing = new Set<Promise<void>>()

  const write = (transferId: string, jobId: string, reads: number): void => {
    const written = draftOf(store, transferId, jobId, reads)
      .then((draft) => store.appendAudit([draft]))
      .catch((error: unknown) => logger.error('a consumer’s reading is not in the audit log', { jobId, error }))
      .finally(() => writing.delete(written))
    writing.add(written)
  }
  const begin = (transferId: string, jobId: string, reads: number): void => {
    const end = setTimeout(() => {
      const { unwritten } = windows.get(transferId) ?? { unwritten: 0 }
      windows.delete(transferId)
      if (unwritten > 0) begin(transferId, jobId, unwritten)
    }, length).unref()
    windows.set(transferId, { jobId, unwritten: 0, end })
    write(transferId, jobId, reads)
  }
  return {
    note(transferId, jobId) {
      const window = windows.get(transferId)
      if (window === undefined) begin(transferId, jobId, 1)
      else window.unwritten += 1
    },
    async close() {
      for (const [transferId, { jobId, unwritten, end }] of windows) {
        clearTimeout(end)
        if (unwritten > 0) write(transferId, jobId, unwritten)
      }
      windows.clear()
      await Promise.all(writing)
    },
  }
}

async function draftOf(
  store: Pick<Store, 'job'>,
  transferId: string,
  jobId: string,
  reads: number,
): Promise<AuditDraft> {
  const job = (await store.job(jobId))?.value
  const consumerId = job !== undefined && 'terms' in job ? job.terms?.consumerId : undefined
  return {
    actor: { kind: 'consumer', ...(consumerId === undefined ? {} : { id: consumerId }) },
    action: 'result.read',
    object: { kind: 'result', id: jobId },
    jobId,
    outcome: 'done',
    detail: { transferId, reads },
  }
}
