import { ServiceError } from '../../../core/errors.ts'
import { Abandoned } from '../transaction.ts'

/** SQLSTATE of an error that the server gave (postgresql.org/docs/15/errcodes-appendix.html), `undefined` of any other. */
function stateOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  return /^[0-9A-Z]{5}$/.test(error.code) && 'severity' in error ? error.code : undefined
}

/** Codes that begin so are trouble of the server, not of the statement. */
const troubles = [
  '08', // connection
  '25006', // the server, or the role, only reads
  '28', // the server lets us in no more
  '3D', // the database is not there
  '40', // it collided, again and again
  '53', // no memory, no disk, no connection left
  '55P03', // a lock was not to be had
  '57', // shut down, ended by an administrator, took too long
  '58', // its disk fails
  'F0', // its configuration
  'XX', // a fault of its own, such as a page that cannot be read
]

/** Whether an error is about the statement alone, so that the connection may be used on. */
export function isOfStatement(error: unknown): boolean {
  if (error instanceof Abandoned) return true
  const state = stateOf(error)
  return state !== undefined && !['08', '57P', '58', 'XX'].some((begin) => state.startsWith(begin))
}

/** Whether two transactions got into each other's way, so that one of them must be run again. */
export function isCollision(error: unknown): boolean {
  const state = stateOf(error)
  return state === '40P01' || state === '40001'
}

/** Whether a statement was refused only because one before it in its transaction failed. */
export function isAborted(error: unknown): boolean {
  return stateOf(error) === '25P02'
}

/** The error to answer with where the database cannot do its work right now; `undefined` where the fault is not its own. What is wrong is its cause. */
export function unavailable(error: unknown): ServiceError | undefined {
  if (error instanceof ServiceError || error instanceof Abandoned || !(error instanceof Error)) return undefined
  const state = stateOf(error)
  const passes = state === undefined ? isOfTransport(error) : troubles.some((begin) => state.startsWith(begin))
  if (!passes) return undefined
  return new ServiceError('store-unavailable', 'The database of the service cannot be used right now.', {
    cause: error,
  })
}

/** Everything that happens on the way has no SQLSTATE: what the operating system says, and what the driver says of it. */
function isOfTransport(error: Error): boolean {
  if ('syscall' in error || error instanceof AggregateError) return true
  return /timeout|terminated|connection|not queryable|certificate|self-signed|SSL|TLS|pool/i.test(error.message)
}

/** Why the database cannot be used, for operators. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof ServiceError ? (error.cause ?? error) : error
  // Where a name has several addresses, the reasons are in the list.
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join('; ')
  return cause instanceof Error ? cause.message : String(cause)
}
