import type { Settings } from '../../config/settings.ts'
import type { Author } from '../../core/audit/entry.ts'
import type { Clock, Ids } from '../../core/ports/clock.ts'
import type { Logger } from '../../core/ports/logger.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { Store, WorkItem } from '../../core/ports/store.ts'
import type { Reception } from '../../core/reception/reception.ts'
import type { DataPlane } from '../../dps/data-plane.ts'
import { fetchAgain, removeByOperator } from './by-operator.ts'
import type { ReceivingParts, ReceivingRules } from './parts.ts'
import { underWay } from './under-way.ts'

/** What receiving is made of. */
export interface ReceivingOptions {
  readonly settings: Settings
  readonly store: Store
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: Logger
  /** The control plane of a connector; `undefined` where it is configured no more. */
  readonly controlPlane: ReceivingParts['controlPlane']
  readonly preparesLater: ReceivingParts['preparesLater']
  readonly tokenKeys: readonly string[]
  /** Base address under which others reach us. */
  readonly publicUrl: () => string
  /** Called after something became due. */
  readonly changed: () => void
}

/** The consumer's side of the service. */
export interface Receiving {
  readonly parts: ReceivingParts
  /** What a data plane does in the consumer's role. */
  consumer(): Promise<DataPlane>
  /** Takes the next step of a reception. */
  step(item: WorkItem): Promise<number | undefined>
  fetchAgain(id: string, by: Author): Promise<Reception>
  remove(id: string, by: Author): Promise<{ readonly reception: Reception; readonly gone: boolean }>
  /** Ends what is being fetched; it is gone on with at the next start. */
  close(): void
}

/** Makes the consumer's side. What only receiving needs is loaded when something is received. */
export function openReceiving(options: ReceivingOptions): Receiving {
  const { settings, store, objects, clock, ids, logger, controlPlane, preparesLater, tokenKeys, publicUrl, changed } =
    options
  const fetches = underWay()
  const parts: ReceivingParts = {
    store,
    objects,
    clock,
    ids,
    logger,
    rules: receivingRules(settings),
    publicUrl,
    tokenKeys,
    controlPlane,
    preparesLater,
    underWay: fetches,
    changed,
  }
  return {
    parts,
    consumer: async () => (await import('./data-plane.ts')).receivingDataPlane(parts),
    step: async (item) => (await import('./step-reception.ts')).stepReception(parts, item),
    fetchAgain: (id, by) => fetchAgain(parts, id, by),
    remove: (id, by) => removeByOperator(parts, id, by),
    close: () => fetches.close(),
  }
}

function receivingRules(settings: Settings): ReceivingRules {
  const temporary = settings.DSC_OBJECT_STORE === 's3' && settings.S3_STS
  const s3Endpoint = temporary ? (settings.S3_LINK_ENDPOINT ?? settings.S3_ENDPOINT) : undefined
  const { DSC_RECEIVE_RETENTION: retentionMs, DSC_HISTORY_RETENTION: historyMs } = settings
  return {
    destination: settings.DSC_RECEIVE_DESTINATION,
    allowedHosts: settings.DSC_RECEIVE_HOSTS,
    maximumBytes: settings.DSC_RECEIVE_BYTES,
    patienceMs: settings.DSC_RECEIVE_PATIENCE,
    manifest: settings.DSC_RECEIVE_MANIFEST,
    complete: settings.DSC_RECEIVE_COMPLETE,
    credentialsMs: settings.DSC_RECEIVE_CREDENTIALS_LIFETIME,
    ...(retentionMs === undefined ? {} : { retentionMs }),
    ...(historyMs === undefined ? {} : { historyMs }),
    ...(s3Endpoint === undefined ? {} : { s3Endpoint }),
  }
}
