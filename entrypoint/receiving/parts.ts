import type { Clock, Ids } from '../../core/ports/clock.ts'
import type { Logger } from '../../core/ports/logger.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { Store } from '../../core/ports/store.ts'
import type { OwedNews } from '../../core/reception/reception.ts'
import type { FlowStatus } from '../../dps/data-plane.ts'
import type { UnderWay } from './under-way.ts'

/** What became of something that our control plane was told. The client of `dps/` answers so. */
export type Told =
  | { readonly outcome: 'taken' }
  /** It had no effect, and may have one later. */
  | { readonly outcome: 'later'; readonly status?: number; readonly reason: string }
  /** It was sent, and nobody knows whether it had an effect. */
  | { readonly outcome: 'unclear'; readonly reason: string }
  | { readonly outcome: 'refused'; readonly status?: number; readonly reason: string }

/** Our own control plane, as far as a receiver talks to it. */
export interface ReceivingControlPlane {
  tell(kind: OwedNews, processId: string, status: FlowStatus): Promise<Told>
}

/** How receptions go. */
export interface ReceivingRules {
  /** What a push is offered whose profile names neither HTTP nor S3. */
  readonly destination: 'http' | 's3'
  /** Hosts (`host` or `host:port`) with private addresses that may be fetched from. */
  readonly allowedHosts: readonly string[]
  /** Most bytes of one reception. */
  readonly maximumBytes: number
  /** For how long fetching may fail before it is given up. Milliseconds. */
  readonly patienceMs: number
  /** How long received files are kept, from then on; unset: until somebody removes them. Milliseconds. */
  readonly retentionMs?: number
  /** How long a reception without files stays in the list; unset: for good. Milliseconds. */
  readonly historyMs?: number
  /** Whether data without a manifest is taken. */
  readonly manifest: 'optional' | 'required'
  /** Whether our control plane is told that everything of a pull is here, so that the provider may clear up. */
  readonly complete: boolean
  /** How long credentials of an S3 destination last. Milliseconds. */
  readonly credentialsMs: number
  /** The S3 service as providers reach it; unset where results do not lie in one that gives temporary credentials. */
  readonly s3Endpoint?: string
}

/** What receiving works with. Nothing in it is read from anywhere else. */
export interface ReceivingParts {
  readonly store: Store
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: Logger
  readonly rules: ReceivingRules
  /** Base address under which others reach us. */
  readonly publicUrl: () => string
  /** From which tokens of our HTTP destination are made: the present key first, then the one before while it is being changed. */
  readonly tokenKeys: readonly string[]
  /** The control plane of a connector; `undefined` where it is configured no more. */
  readonly controlPlane: (connectorId: string) => ReceivingControlPlane | undefined
  /** Whether prepares of a profile are answered “later”, as it is configured. */
  readonly preparesLater: (connectorId: string, profile: string) => boolean
  /** What is being fetched in this process. */
  readonly underWay: UnderWay
  /** Called after something became due. */
  readonly changed: () => void
}
