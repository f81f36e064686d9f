import type { ReceivedContent, Source } from '../../core/reception/reception.ts'
import { ReceptionRefusal } from './refusal.ts'
import type { SourceClient } from './source-client.ts'

/** What came of a look at a provider’s address. */
export type Fetched =
  | { readonly outcome: 'received'; readonly content: ReceivedContent }
  /** It is not there yet. */
  | { readonly outcome: 'later'; readonly afterMs: number; readonly waitsFor: string | undefined }

/** One fetch of one reception. */
export interface Fetch {
  readonly receptionId: string
  readonly source: Source
  readonly client: SourceClient
  readonly signal: AbortSignal
  /** How often it failed in a row. */
  readonly failures: number
  /** Told of each file that is here. */
  readonly stored: () => void
}

/** An address below another one: behind its path, before its query. */
export function below(endpoint: string, path: string): string {
  const url = new URL(endpoint)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${path}`
  return url.href
}

/** What is said of data that is larger than what is taken. */
export function tooLarge(bytes: number, most: number): ReceptionRefusal {
  return new ReceptionRefusal('too-large', `The provider has ${bytes} bytes for us; at most ${most} are taken.`)
}
