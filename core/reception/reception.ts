import type { ResultFile } from '../result/manifest.ts'
import type { ReceptionFailure } from './causes.ts'

/** Who moves the data: we fetch it, or the provider writes it into our storage. */
export type ReceptionMode = 'pull' | 'push'

/** Where the flow stands, as both control planes see it. The last two are final. */
export type ReceptionFlow = 'prepared' | 'started' | 'suspended' | 'completed' | 'terminated'

/** Where the data stands. */
export type ReceptionState = 'awaited' | 'fetching' | 'verifying' | 'received' | 'failed' | 'removed'

/** What prepare said, and was frozen. */
export interface PrepareTerms {
  /** Of the message that began it. */
  readonly messageId: string
  readonly agreementId: string
  readonly assetId: string
  readonly profile: string
  /** The participant whose data it is. */
  readonly providerId?: string
  /** What the consumer tells the provider's worker: a JSON object as text. */
  readonly parameters?: string
}

/** Where the data of a pull is. Secret: who has it has the data. */
export interface Source {
  readonly endpointType: string
  readonly endpoint: string
  /** The header that opens it, where it wants one. */
  readonly header?: { readonly name: string; readonly value: string }
}

/** By what the content was found to be whole; `nothing`: the other side sent neither manifest nor digest. */
export type VerifiedBy = 'manifest' | 'listing' | 'digest' | 'nothing'

/** What was received. */
export interface ReceivedContent {
  /** Sorted by path. */
  readonly files: readonly ResultFile[]
  readonly totalBytes: number
  /** Where the files lie below the reception's prefix: empty, or a folder with its slash. */
  readonly folder: string
  readonly verifiedBy: VerifiedBy
}

/**
 * What our control plane is still to be told: that a prepare that was answered “later” is done, that everything is here, or that it
 * cannot be had.
 */
export type OwedNews = 'prepared' | 'completed' | 'errored'

/** What a consumer's flow receives. */
export interface Reception {
  readonly id: string
  readonly connectorId: string
  /** The consumer's transfer process; also the id of the flow. */
  readonly processId: string
  readonly mode: ReceptionMode
  readonly flow: ReceptionFlow
  readonly state: ReceptionState
  readonly terms: PrepareTerms
  /** Push: what kind of place was offered. */
  readonly destination?: 'http' | 's3'
  /** Pull, from started until the flow is over and nothing is fetched any more. */
  readonly source?: Source
  /** Of what is here, or was until it was removed. */
  readonly content?: ReceivedContent
  readonly failure?: ReceptionFailure
  /** What the provider last said of data that is not there yet. */
  readonly waitsFor?: string
  /** Since when fetching fails, milliseconds since 1970, like every time here. */
  readonly troubleSince?: number
  readonly owed?: OwedNews
  /** It is being told, or was told once already, and nobody knows whether that had an effect. */
  readonly owedUnclear?: true
  /** Why the flow was terminated. */
  readonly reason?: string
  /** When its files are to be removed. */
  readonly removeAt?: number
  readonly removedAt?: number
  readonly createdAt: number
  /** When `state` last changed. */
  readonly since: number
}

/** What a new reception is made from. */
export type NewReception = Pick<Reception, 'id' | 'connectorId' | 'processId' | 'mode' | 'terms' | 'destination'>

/**
 * A reception as it is prepared.
 * @param later the control plane was told to wait, and is owed the answer
 */
export function preparedReception(reception: NewReception, now: number, later = false): Reception {
  const prepared: Reception = { ...reception, flow: 'prepared', state: 'awaited', createdAt: now, since: now }
  return later ? { ...prepared, owed: 'prepared' } : prepared
}

/** Whether its flow is over for good. */
export function isFlowOver({ flow }: Pick<Reception, 'flow'>): boolean {
  return flow === 'completed' || flow === 'terminated'
}

/** Whether the provider may write into the place that was offered. */
export function takesPushes({ mode, flow, state }: Pick<Reception, 'mode' | 'flow' | 'state'>): boolean {
  return mode === 'push' && state === 'awaited' && (flow === 'prepared' || flow === 'started')
}

/** Whether it is to be fetched right now: also where the other side says that it is over, because the data may still be there. */
export function isToBeFetched({ flow, state }: Pick<Reception, 'flow' | 'state'>): boolean {
  return state === 'fetching' && (flow === 'started' || flow === 'completed')
}
