import { connect } from 'node:net'
import { codeOf } from '../failure.ts'
import type { Target } from './target.ts'

/**
 * What a connection ends with where a rule refuses or swallows it, or where nobody resolves names any more. Nothing else proves
 * that an address is closed: a lack of memory or of ports here does not.
 */
const closedCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ETIMEDOUT',
  'EACCES',
  'EPERM',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/**
 * Whether a TCP connection to an address comes about.
 * @param timeoutMs after which it counts as closed
 * @throws Error where this says nothing about the address
 */
export function isOpen({ host, port }: Target, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal })
    const end = (open: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(open)
    }
    // A process that was not let run for long finds timer and connection ripe at once. The connection counts: it is looked at
    // between a timer and what setImmediate asks for.
    const timer = setTimeout(() => setImmediate(() => end(false)), timeoutMs)
    socket.once('connect', () => end(true))
    socket.once('error', (error) => {
      clearTimeout(timer)
      if (closedCodes.has(codeOf(error) ?? '')) resolve(false)
      else reject(error)
    })
  })
}
