import type { ClientRequest, RequestOptions } from 'node:http'
import type { CheckedAddress } from './address.ts'

/** What a request resolves its host by: the addresses that were checked, and no other. The name is not resolved a second time. */
export function lookupOf(addresses: readonly CheckedAddress[]): NonNullable<RequestOptions['lookup']> {
  return (_host, options, answer) => {
    if (options.all === true) answer(null, [...addresses])
    else answer(null, addresses[0]?.address ?? '', addresses[0]?.family ?? 4)
  }
}

/**
 * Ends a request whose connection, with TLS where the address wants it, does not stand in time.
 * @param connectMs milliseconds
 * @param late what it fails with
 */
export function limitConnecting(message: ClientRequest, { protocol }: URL, connectMs: number, late: Error): void {
  const timer = setTimeout(() => message.destroy(late), connectMs)
  const stands = (): void => clearTimeout(timer)
  message.once('socket', (socket) => {
    if (message.reusedSocket) stands()
    else socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', stands)
  })
  message.once('close', stands)
}
