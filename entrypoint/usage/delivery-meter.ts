import type { Clock } from '../../core/ports/clock.ts'
import type { Logger } from '../../core/ports/logger.ts'
import type { UsageStore } from '../../core/ports/usage-store.ts'

/** How long what was delivered may be known in memory only. Milliseconds. */
const flushMs = 5_000

/** Counts what consumers are given, and writes it down every few seconds: one small write for however many answers. */
export interface DeliveryMeter {
  /** An answer with a part of a job's result begins. @returns takes the bytes that are given to the connection */
  begin(jobId: string): (bytes: number) => void
  /** Writes down what was counted so far. Fails where the store does; nothing is lost then. */
  flush(): Promise<void>
  /** Writes down the rest, and counts no more. */
  close(): Promise<void>
}

/** A process that is killed loses what it counted since the last write: at most five seconds. */
export function deliveryMeter(store: Pick<UsageStore, 'addDeliveries'>, clock: Clock, logger: Logger): DeliveryMeter {
  let counted = new Map<string, { bytes: number; deliveries: number }>()
  let writing = Promise.resolve()
  let timer: NodeJS.Timeout | undefined

  const add = (jobId: string, bytes: number, deliveries: number): void => {
    const before = counted.get(jobId) ?? { bytes: 0, deliveries: 0 }
    counted.set(jobId, { bytes: before.bytes + bytes, deliveries: before.deliveries + deliveries })
    timer ??= setTimeout(() => {
      flush().catch((error: unknown) => logger.warn('deliveries could not be counted yet', { error }))
    }, flushMs).unref()
  }
  const write = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const some = counted
    if (some.size === 0) return
    counted = new Map()
    try {
      const at = clock.now()
      await store.addDeliveries([...some].map(([jobId, { bytes, deliveries }]) => ({ jobId, bytes, deliveries, at })))
    } catch (error) {
      for (const [jobId, { bytes, deliveries }] of some) add(jobId, bytes, deliveries)
      throw error
    }
  }
  const flush = (): Promise<void> => {
    const now = writing.then(write)
    writing = now.catch(() => undefined)
    return now
  }
  return {
    begin(jobId) {
      add(jobId, 0, 1)
      return (bytes) => add(jobId, bytes, 0)
    },
    flush,
    async close() {
      await flush().catch((error: unknown) => logger.error('deliveries were not counted', { error }))
      clearTimeout(timer)
    },
  }
}
