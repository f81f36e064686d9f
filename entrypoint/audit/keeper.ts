import type { AuditStore } from '../../core/ports/audit-store.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { Logger } from '../../core/ports/logger.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import { cautiousNow } from '../engine/cautious-now.ts'
import { writeAnchor } from './anchors.ts'

/** When the log is looked after for the first time after a start, and then again and again. Milliseconds. */
const firstMs = 60_000
const everyMs = 3_600_000

/** What the log is looked after with. */
export interface KeeperParts {
  readonly store: Pick<AuditStore, 'auditHead' | 'pruneAudit'>
  readonly objects: Pick<ObjectStore, 'put' | 'time'>
  readonly clock: Clock
  readonly logger: Logger
  /** How long entries are kept, in milliseconds; for good where it is unset. */
  readonly retentionMs: number | undefined
}

/** Something that runs until it is ended. */
export interface Keeper {
  /** Ends it, and waits for what is under way. */
  close(): Promise<void>
}

/** Prunes the audit log by its retention and anchors its end outside of the database. Never fails: what went wrong is logged, and tried again. */
export async function lookAfterLog({ store, objects, clock, logger, retentionMs }: KeeperParts): Promise<void> {
  try {
    if (retentionMs !== undefined) {
      const entries = await store.pruneAudit((await cautiousNow({ clock, objects })) - retentionMs)
      if (entries > 0) logger.info('audit log pruned', { entries })
    }
  } catch (error) {
    logger.warn('the audit log could not be pruned', { error })
  }
  try {
    const { last } = await store.auditHead()
    if (last.sequence === 0) return
    await writeAnchor(objects, last)
    logger.info('audit log anchored', { sequence: last.sequence, hash: last.hash })
  } catch (error) {
    logger.warn('the audit log could not be anchored', { error })
  }
}

/** Looks after the log a minute after the start and then every hour. Several replicas may do so side by side. */
export function startKeeper(parts: KeeperParts): Keeper {
  let running = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let closed = false
  const again = (milliseconds: number): void => {
    timer = setTimeout(() => {
      running = lookAfterLog(parts).finally(() => {
        if (!closed) again(everyMs)
      })
    }, milliseconds)
    timer.unref()
  }
  again(firstMs)
  return {
    async close() {
      closed = true
      clearTimeout(timer)
      await running
    },
  }
}
