/**
 * Where a transfer process stands, in the words that matter here. `preparing`: our answer to the provision request was not
 * processed yet, so a callback sent now would be lost; `awaiting`: it waits for our callback; `provisioned`: it took it.
 */
export type ProcessState =
  | 'preparing'
  | 'awaiting'
  | 'provisioned'
  | 'started'
  | 'suspended'
  | 'completed'
  | 'terminated'

/** A transfer process as its connector tells it. */
export interface TransferProcess {
  readonly state: ProcessState
  /** The connector's own word for its state, for messages. */
  readonly stateName: string
  readonly assetId: string
  readonly agreementId: string
  /** The consumer's parameters: JSON text or an object from `dataDestination`; `undefined` where it sent none. */
  readonly parameters: unknown
}

/** A contract agreement as its connector tells it. */
export interface Agreement {
  readonly consumerId: string
  readonly assetId: string
  /** When it ends by its own terms, milliseconds since 1970; unset where it does not say. */
  readonly endsAt?: number
}

/** What happened to a callback. */
export type Delivery =
  /** The connector has it and acted on it. */
  | { readonly outcome: 'delivered' }
  /** The transfer is over on the connector's side: there is nobody left to tell. */
  | { readonly outcome: 'over' }
  /** Not yet: come back after this many milliseconds. Not a failure, so it does not lengthen the pauses. */
  | { readonly outcome: 'later'; readonly afterMs: number }
  /** It can never be delivered. */
  | { readonly outcome: 'refused'; readonly reason: string }

/** The address at which the result can be fetched. */
export type ResultAddress =
  /** Ours: a bearer token opens it, and paths below it name the files. */
  | { readonly kind: 'gateway'; readonly url: string; readonly token: string }
  /** The object store's own, for one file: the address itself opens it. */
  | { readonly kind: 'presigned'; readonly url: string }

/**
 * A connector, spoken to in its dialect. Calls go to the configured address only and fail with an ordinary Error when the
 * connector does not answer clearly; the engine then comes back later.
 */
export interface Connector {
  readonly id: string
  /** `undefined` where the connector does not know the process. */
  transferProcess(processId: string): Promise<TransferProcess | undefined>
  /** `undefined` where the connector does not know the agreement. */
  agreement(agreementId: string): Promise<Agreement | undefined>
  /** Tells where the result lies; sends only where the process waits for it. */
  provisioned(
    process: {
      readonly processId: string
      readonly definitionId: string
      readonly assetId: string
      readonly resourceName: string
    },
    address: ResultAddress,
  ): Promise<Delivery>
  /** Ends the process with a reason. */
  terminate(processId: string, reason: string): Promise<Delivery>
  /** Fails where the connector cannot be reached or refuses our key. */
  check(): Promise<void>
}
