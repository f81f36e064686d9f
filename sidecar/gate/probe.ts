import { connect, isIP } from 'node:net'
import { codeOf } from '../failure.ts'
import type { Target } from './target.ts'

/**
 * What a TCP connection to an address comes to: it stands (`open`); somebody says no, a rule or the host (`refused`); nobody says
 * anything (`silent`); the name is unknown, or nobody resolves names (`unresolved`).
 */
export type Finding = 'open' | 'refused' | 'silent' | 'unresolved'

/** What a connection ends with other than by standing. Anything else, such as a lack of memory or of ports here, says nothing. */
const findings: Readonly<Record<string, Finding>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'refused',
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  EHOSTDOWN: 'refused',
  EACCES: 'refused',
  EPERM: 'refused',
  ETIMEDOUT: 'silent',
  ENOTFOUND: 'unresolved',
  EAI_AGAIN: 'unresolved',
  EAI_FAIL: 'unresolved',
}

/**
 * Tries to connect to an address.
 * @param timeoutMs after which nobody answers
 * @throws Error where this says nothing about the address
 */
export function probe({ host, port }: Target, timeoutMs: number, signal: AbortSignal): Promise<Finding> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal })
    let hasAddress = isIP(host) !== 0
    const end = (finding: Finding): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(finding)
    }
    const silent = (): void => end(hasAddress ? 'silent' : 'unresolved')
    // A process that was not let run for long finds timer and connection ripe at once. The connection counts: it is looked at
    // between a timer and what setImmediate asks for.
    const timer = setTimeout(() => setImmediate(silent), timeoutMs)
    socket.once('lookup', (error) => (hasAddress ||= error === null))
    socket.once('connect', () => end('open'))
    socket.once('error', (error) => {
      clearTimeout(timer)
      const finding = findings[codeOf(error) ?? '']
      if (finding === undefined) reject(error)
      else resolve(finding)
    })
  })
}
