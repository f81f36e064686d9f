/** The parts that the service speaks to by HTTP; `pod-store` is the object store as the sidecar sees it. */
export type HttpDependency = 'kubernetes' | 'store' | 'pod-store' | 'connector'
/** All parts that the service speaks to; `database` is a PostgreSQL server. */
export type Dependency = HttpDependency | 'database'

/** One call that passes a proxy. */
export interface PassingCall {
  readonly dependency: Dependency
  /** What is asked, such as `create jobs`, `PUT object` or `commit`. */
  readonly name: string
  /** How many of the same name came before; of the database, since the plan is in force. */
  readonly index: number
}

/** What goes wrong with a call. */
export type Fault =
  /** Answered with an error by somebody else; nothing is done. */
  | { readonly kind: 'answer'; readonly status: number; readonly retryAfter?: number }
  /** Refused by the database itself with an error of this SQLSTATE; one of class 57P ends the connection. */
  | { readonly kind: 'error'; readonly state: string }
  /** Nobody answers, nothing is done. */
  | { readonly kind: 'hang' }
  /** The connection is reset, nothing is done. */
  | { readonly kind: 'reset' }
  /** It is done, but the answer is lost: instead of a good one comes a reset, an error, or nothing at all. A bad one passes. */
  | { readonly kind: 'lost'; readonly instead: 'reset' | 'nothing' | 503 | 504 }
  /** It is done, and half of the answer comes. */
  | { readonly kind: 'truncated' }
  /** It is done after a while. */
  | { readonly kind: 'slow'; readonly ms: number }

/** Decides what goes wrong with each call. */
export type FaultPlan = (call: PassingCall) => Fault | undefined

/** A fault in a few words. */
export function faultName(fault: Fault): string {
  switch (fault.kind) {
    case 'answer':
      return `${fault.status}${fault.retryAfter === undefined ? '' : ` with Retry-After`}`
    case 'error':
      return `error ${fault.state}`
    case 'lost':
      return `lost, ${fault.instead} instead`
    case 'slow':
      return 'slow'
    default:
      return fault.kind
  }
}
