import type { Settings } from '../../../config/settings.ts'
import type { Clock } from '../../../core/ports/clock.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import type { ObjectStore } from '../../../core/ports/object-store.ts'
import type { Destination } from '../../../core/transfer/flow.ts'
import type { DeliveryMeter } from '../../usage/delivery-meter.ts'
import { destinationRules } from '../../push/address-rules.ts'
import { readDestination, refusalOf } from '../../push/read-destination.ts'
import { pusherFrom, type ResultPusher } from '../../push/result-pusher.ts'

/** Pushes results, and counts what was delivered as usage. */
export interface MeteredPusher extends ResultPusher {
  /** Why nothing can be pushed there, for the consumer to read; `undefined` where something can. */
  problemOf(destination: Destination): string | undefined
}

/** What pushes results by the settings, with its deliveries counted. */
export function meteredPusher(
  parts: {
    readonly settings: Settings
    readonly objects: ObjectStore
    readonly clock: Clock
    readonly logger: Logger
  },
  meter: Pick<DeliveryMeter, 'begin'>,
): MeteredPusher {
  const rules = destinationRules(parts.settings)
  const { push, stop } = pusherFrom(parts.settings, parts)
  return {
    async push(request) {
      const done = await push(request)
      if (done.outcome === 'delivered') meter.begin(request.transfer.jobId)(request.result.manifest.totalBytes)
      return done
    },
    stop,
    problemOf(destination) {
      const read = readDestination(destination, rules)
      return Array.isArray(read) ? refusalOf(read) : undefined
    },
  }
}
