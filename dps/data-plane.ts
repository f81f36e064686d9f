/** The states of a data flow, as the specification names them. COMPLETED and TERMINATED are final. */
export type FlowState =
  | 'INITIALIZED'
  | 'PREPARING'
  | 'PREPARED'
  | 'STARTING'
  | 'STARTED'
  | 'SUSPENDED'
  | 'COMPLETED'
  | 'TERMINATED'

/** An address in neutral form: how data is reached, or where it is to be sent. Property names are without EDC's namespace prefix. */
export interface DataAddress {
  /** What kind of address it is, for example `https://w3id.org/dspace-sig/profile/http-pull`, `HttpData`. */
  readonly endpointType: string
  /** Absent where EDC 0.18 sends null: the consumer's `dataDestination` of a pull. */
  readonly endpoint?: string
  readonly properties: Readonly<Record<string, string>>
}

/** What `prepare` and `start` say, in every generation and form of the protocol. */
export interface FlowMessage {
  readonly messageId: string
  /** The control plane's transfer process. It is the flow's id, too: EDC names no other in later messages. */
  readonly processId: string
  readonly agreementId: string
  readonly datasetId: string
  /** The participant for whom the control plane acts: the provider in a start, the consumer in a prepare. */
  readonly participantId?: string
  readonly counterPartyId?: string
  /** For example `dataspace-protocol-http:2025-1`. */
  readonly dataspaceContext?: string
  /** `profile` (RC3), otherwise `transferType` (RC1, RC2, EDC up to 0.18). Only the data planes know what it means. */
  readonly profile: string
  /** Where the control plane takes answers (RC1, RC2, EDC up to 0.18, JSON-LD). Whoever sends a request there must check it first. */
  readonly callbackAddress?: string
  /** What the control plane verified of the counterparty; empty where the message has none. */
  readonly claims: Readonly<Record<string, unknown>>
  readonly labels: readonly string[]
  /**
   * What the asset's creator says to the data plane; empty where the message has none. EDC 0.18 changes it on the way, at its top
   * level: a list of one entry becomes that entry, a number becomes a double. It is handed on as it came.
   */
  readonly metadata: Readonly<Record<string, unknown>>
  /** Push: the destination. A pull on EDC up to 0.18 may carry the consumer's `dataDestination` here. */
  readonly dataAddress?: DataAddress
  /** The asset's data address; only the JSON-LD form sends it. */
  readonly sourceAddress?: DataAddress
}

/** Where a data flow is. */
export interface FlowStatus {
  readonly flowId: string
  readonly state: FlowState
  /** Pull: the provider's address, with STARTED. Push: the consumer's, with PREPARED. */
  readonly dataAddress?: DataAddress
  /** Why it failed, for the control plane. */
  readonly error?: string
}

/** What a started notification says. */
export interface StartedMessage {
  readonly messageId?: string
  /** Pull: where the consumer gets the data. */
  readonly dataAddress?: DataAddress
}

/** What suspend and terminate say. */
export interface ReasonMessage {
  readonly messageId?: string
  readonly reason?: string
}

/** What a resume says. */
export interface ResumeMessage {
  readonly messageId?: string
  /** The destination that holds from now on, where it changed. */
  readonly dataAddress?: DataAddress
}

/** Who was authenticated: which control plane a request comes from. */
export interface Caller {
  readonly controlPlaneId: string
}

/**
 * What a data plane does. Messages come parsed and authenticated; they may come twice, late and out of order.
 * What is thrown as a {@link DataPlaneError} is told to the control plane; everything else becomes 500 without details.
 */
export interface DataPlane {
  /** The consumer's side: PREPARED, or PREPARING and a `prepared` callback later. Called again with the same process it must not begin a second flow. */
  prepare(message: FlowMessage, caller: Caller): Promise<FlowStatus>
  /**
   * The provider's side: STARTED, or STARTING and a `started` callback later. It should answer within seconds: while a start is
   * unanswered, EDC loses the consumer's termination. It refuses only by throwing: EDC takes every 2xx as a start.
   */
  start(message: FlowMessage, caller: Caller): Promise<FlowStatus>
  /** The consumer's side: the provider has started. */
  started(flowId: string, message: StartedMessage, caller: Caller): Promise<void>
  suspend(flowId: string, message: ReasonMessage, caller: Caller): Promise<void>
  /** STARTED again; a provider of a pull returns the address, which EDC 0.18 does not hand on: the old one must go on working. */
  resume(flowId: string, message: ResumeMessage, caller: Caller): Promise<FlowStatus>
  /** Ends the flow. It may come several times, and for a flow that is over; then there is nothing to do and nothing to refuse. */
  terminate(flowId: string, message: ReasonMessage, caller: Caller): Promise<void>
  /** The other side has finished: the consumer of a pull, the provider of a push. */
  completed(flowId: string, caller: Caller): Promise<void>
  /** Where a flow is; undefined where it is not known. */
  status(flowId: string, caller: Caller): Promise<FlowStatus | undefined>
}

/** The HTTP statuses that a data plane can refuse with. */
export type DataPlaneErrorStatus = 400 | 401 | 403 | 404 | 409 | 422 | 503

/**
 * A refusal. Its message is public: EDC puts the body of a refusal into the reason that the consumer reads.
 * Every status but 503 is final to EDC 0.18; 503 is, too, for `prepare` and `start`.
 */
export class DataPlaneError extends Error {
  override readonly name = 'DataPlaneError'
  readonly status: DataPlaneErrorStatus
  /** A stable name of what went wrong, in kebab case. */
  readonly code: string

  /** @param message for the other side: what is wrong, and what would be right */
  constructor(status: DataPlaneErrorStatus, code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
    this.code = code
  }
}
