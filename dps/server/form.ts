import type { FlowMessage, FlowStatus, ReasonMessage, ResumeMessage, StartedMessage } from '../data-plane.ts'
import type { DataPlaneError } from '../data-plane.ts'
import type { ControlPlaneRegistration } from '../messages/control-plane-registration.ts'

/** An HTTP request to a data plane, whatever server took it. */
export interface DataPlaneRequest {
  readonly method: string
  /** Below the base address, such as `/dataflows/start`, still percent-encoded; a query is ignored. */
  readonly path: string
  /** Names in lower case, as node:http gives them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The parsed JSON body; undefined where there was none. */
  readonly body: unknown
}

/** The answer to it. */
export interface DataPlaneResponse {
  readonly status: number
  /** Names in lower case; with a body there is a content-type. */
  readonly headers: Readonly<Record<string, string>>
  /** To be written as JSON; without it the answer has no body. */
  readonly body?: unknown
}

/** What a request asks of a data plane. */
export type Operation =
  | { readonly kind: 'prepare'; readonly message: FlowMessage }
  | { readonly kind: 'start'; readonly message: FlowMessage }
  | { readonly kind: 'started'; readonly flowId: string; readonly message: StartedMessage }
  | { readonly kind: 'suspend'; readonly flowId: string; readonly message: ReasonMessage }
  | { readonly kind: 'resume'; readonly flowId: string; readonly message: ResumeMessage }
  | { readonly kind: 'terminate'; readonly flowId: string; readonly message: ReasonMessage }
  | { readonly kind: 'completed'; readonly flowId: string }
  | { readonly kind: 'status'; readonly flowId: string }
  | { readonly kind: 'put-control-plane'; readonly registration: ControlPlaneRegistration }
  | { readonly kind: 'delete-control-plane'; readonly controlPlaneId: string }

/** What a form makes of a request: an operation, an answer it has itself (a check of health), or nothing that it knows. */
export type Reading =
  | { readonly is: 'operation'; readonly operation: Operation }
  | { readonly is: 'answer'; readonly response: DataPlaneResponse }
  | { readonly is: 'unknown-path' }
  | { readonly is: 'wrong-method'; readonly allowed: readonly string[] }

/** How one form of the protocol looks on the wire. The handler in between is the same for all. */
export interface Form {
  /**
   * Reads a request.
   * @throws DataPlaneError 400 where path or body are not what the form says
   */
  read(request: DataPlaneRequest): Reading
  /** Writes the answer to an operation that was done. `status` is there for prepare, start, resume and status. */
  write(operation: Operation, status: FlowStatus | undefined): DataPlaneResponse
  /** Writes a refusal. Its message may be read by the consumer. */
  refuse(error: DataPlaneError | PublicError): DataPlaneResponse
}

/** An error that is no refusal of the data plane: an unknown path (404), a wrong method (405), a fault (500). */
export interface PublicError {
  readonly status: 404 | 405 | 500
  readonly code: string
  readonly message: string
}
