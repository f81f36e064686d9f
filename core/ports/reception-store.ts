import type { Author } from '../audit/entry.ts'
import type { Erasure } from '../audit/of-result.ts'
import type { Reception, ReceptionState } from '../reception/reception.ts'
import type { DueWork, Versioned, WorkItem } from './store.ts'

/** A reception that changes, with what goes with it in the same durable transaction. */
export interface ReceptionChange {
  readonly reception: Versioned<Reception>
  /** Items that become due no later than said. */
  readonly wake?: readonly DueWork[]
  /** In the name of which claim it is made; where somebody else has taken that over the outcome is `stale`. */
  readonly holder?: WorkItem
  /** What was removed of its files, for the audit log. */
  readonly erased?: Erasure
  /** On whose behalf. @default the service itself */
  readonly by?: Author
}

/** Which receptions to list: newest first. */
export interface ReceptionQuery {
  readonly connectorId?: string
  readonly processId?: string
  readonly state?: ReceptionState
  /** Only receptions older than this one (its id): the last of the page before. */
  readonly before?: string
  readonly limit: number
}

/** Keeps receptions. Every write is on disk when its promise resolves, and appears in the audit log. */
export interface ReceptionStore {
  /** Keeps a new reception with what is due of it; gives the older one where its control plane's process has one already. */
  addReception(
    reception: Reception,
    wake: readonly DueWork[],
    by?: Author,
  ): Promise<{ readonly reception: Versioned<Reception>; readonly created: boolean }>
  reception(id: string): Promise<Versioned<Reception> | undefined>
  receptionOfProcess(connectorId: string, processId: string): Promise<Versioned<Reception> | undefined>
  listReceptions(query: ReceptionQuery): Promise<readonly Reception[]>
  /** @returns `stale` where somebody else changed it meanwhile; nothing was written then */
  saveReception(change: ReceptionChange): Promise<'done' | 'stale'>
  /** Removes a reception whose flow is over and whose files are gone from the list; `live` where it is not so far. */
  forgetReception(id: string, by?: Author): Promise<'forgotten' | 'live' | 'unknown'>
}
