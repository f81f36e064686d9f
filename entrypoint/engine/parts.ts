import type { ServiceLimits } from '../../core/job/decide.ts'
import type { Result } from '../../core/job/job.ts'
import type { RegisteredAsset } from '../../core/job/plan.ts'
import type { JobLimits } from '../../core/limits/job-limits.ts'
import type { Backend } from '../../core/ports/backend.ts'
import type { Clock, Ids } from '../../core/ports/clock.ts'
import type { Connector, ResultAddress } from '../../core/ports/connector.ts'
import type { Logger } from '../../core/ports/logger.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { Store, WorkItem } from '../../core/ports/store.ts'
import type { Destination } from '../../core/transfer/flow.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'

/** Time limits and pauses of the engine. Milliseconds. */
export interface EngineTimes extends ServiceLimits {
  /** Between two looks at a transfer whose job is under way. */
  readonly pollMs: number
  /** Between two looks at a transfer whose result is open. */
  readonly idlePollMs: number
  /** Between two looks at a job under way when nobody says that it changed. */
  readonly attendMs: number
}

/** How long what is left of jobs that are over is kept, counted from their end. Milliseconds; for good where it is unset. */
export interface Retention {
  readonly logsMs?: number
  /** The job itself, with everything of it. */
  readonly historyMs?: number
}

/** A result on its way to a destination of the consumer's. */
export interface Push {
  readonly transfer: Transfer
  readonly result: Result
  readonly destination: Destination
  /** Nobody wants it any more. */
  readonly signal: AbortSignal
}

/** What came of a push; `later` is no failure, and says when to come back, in milliseconds. Anything else fails with an ordinary Error. */
export type PushOutcome =
  | { readonly outcome: 'delivered' }
  | { readonly outcome: 'refused'; readonly reason: string }
  | { readonly outcome: 'later'; readonly afterMs: number }

/** What the engine works with. Nothing in it is read from anywhere else. */
export interface EngineParts {
  /** The id of this installation (`Store.installation`). */
  readonly installation: string
  readonly store: Store
  /** The claimed item whose step this is; changes are made in its name. Unset where somebody else asks, such as an operator. */
  readonly holder?: WorkItem
  readonly backend: Backend
  readonly objects: ObjectStore
  readonly connectors: ReadonlyMap<string, Connector>
  readonly clock: Clock
  readonly ids: Ids
  /** A number from 0 up to 1. */
  readonly random: () => number
  readonly logger: Logger
  readonly times: EngineTimes
  /** @default everything is kept */
  readonly retention?: Retention
  /** How many jobs there may be. */
  readonly limits: JobLimits
  /** The newest enabled version of an asset. */
  readonly newestAsset: (id: string) => Promise<RegisteredAsset | undefined>
  /** One version of an asset, whether it is still offered or not. */
  readonly assetVersion: (id: string, version: string) => Promise<RegisteredAsset | undefined>
  /** Where the result of a transfer can be fetched, with a token of its present generation. */
  readonly addressOf: (transfer: Transfer) => Promise<ResultAddress>
  /** Sends a result to its destination; it may be repeated. @default there are no pushes */
  readonly push?: (push: Push) => Promise<PushOutcome>
  /** Takes the next step of a reception; gives when to look again, as every step. @default nothing is received */
  readonly receive?: (item: WorkItem) => Promise<number | undefined>
}

/** The connector of a transfer. Fails where it is configured no more: the work then waits for an operator. */
export function connectorOf(parts: EngineParts, connectorId: string): Connector {
  const connector = parts.connectors.get(connectorId)
  if (connector === undefined) throw new Error(`the connector ${connectorId} is not configured any more`)
  return connector
}
