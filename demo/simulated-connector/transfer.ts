import type { JsonObject } from './json.ts'

/** The two connectors of a transfer. */
export type Side = 'provider' | 'consumer'

/** What a provider offers, as its administrator registered it. */
export interface Asset {
  readonly id: string
  readonly properties: JsonObject
  readonly dataAddress: JsonObject
}

/** A contract between the two about one asset. */
export interface Agreement {
  readonly id: string
  readonly negotiationId: string
  readonly policyId: string
  readonly assetId: string
  /** Milliseconds since 1970. */
  readonly signedAt: number
}

/** One side's transfer process. The states are the connector's own words; those of this simulation are listed in README.md. */
export interface TransferProcess {
  readonly id: string
  state: string
  /** Milliseconds since 1970. */
  stateTimestamp: number
  errorDetail?: string
}

/** A transfer with both its transfer processes, and what the provider knows of it. */
export interface Transfer {
  readonly provider: TransferProcess
  readonly consumer: TransferProcess
  readonly agreement: Agreement
  /** The consumer's `dataDestination`, where it gave one. */
  readonly destination: JsonObject | undefined
  readonly resourceDefinitionId: string
  readonly createdAt: number
  /** The callback's address, its keys without their namespace; from PROVISIONED on. */
  address?: Readonly<Record<string, string>>
  /** A callback came before our side was ready for it, and is lost: the transfer will end by itself. */
  callbackLost: boolean
  /** What opens the data plane; from STARTED on, and gone when the provider ended the transfer. */
  token?: { readonly id: string; readonly value: string }
}

/** States in which a transfer process is over. */
export const ENDED: ReadonlySet<string> = new Set(['TERMINATED', 'DEPROVISIONING', 'DEPROVISIONED'])
