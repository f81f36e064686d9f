import type { Transfer } from '../transfer/transfer.ts'
import type { CallbackMessage } from './store.ts'

/**
 * Where a transfer process stands, in the words that matter here. `preparing`: our answer to the message that began it was not
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
  /** When it came to this state by the connector's clock, milliseconds since 1970; unset where it does not say. */
  readonly stateSince?: number
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
  /** It does not know the process: it lost its memory, or is coming up and will know it again. */
  | { readonly outcome: 'unknown' }
  /** Not yet: come back after this many milliseconds. Not a failure, so it does not lengthen the pauses. */
  | { readonly outcome: 'later'; readonly afterMs: number }
  /** It can never be delivered. */
  | { readonly outcome: 'refused'; readonly reason: string }

/** What happened to a callback about a data flow. */
export type FlowDelivery =
  | Delivery
  /** It was sent, and no answer came that tells whether it was taken; the connector cannot be asked. */
  | { readonly outcome: 'unclear'; readonly reason: string }

/** What a connector is told of a data flow. */
export type FlowMessage = Extract<CallbackMessage, { kind: 'started' | 'completed' | 'errored' }>

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
  /**
   * It cannot be asked anything (no Management API is configured): its messages are all there is. `transferProcess` and `agreement`
   * then know nothing, and `terminate` can do nothing.
   * @default it can be asked
   */
  readonly silent?: boolean
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
  /**
   * Tells it of a data flow; absent where its dialect has none. Where it can be asked it is sent only what its process waits for.
   * @param address with `started` of a pull
   */
  readonly tell?: (
    transfer: Transfer,
    message: FlowMessage,
    address: ResultAddress | undefined,
  ) => Promise<FlowDelivery>
  /** Ends the process with a reason. */
  terminate(processId: string, reason: string): Promise<Delivery>
  /** Fails where the connector cannot be reached or refuses our key. */
  check(): Promise<void>
}
