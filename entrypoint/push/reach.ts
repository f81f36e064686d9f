import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { codeOf } from '../../sidecar/failure.ts'
import { type CheckedAddress, plainHost, type Resolver } from '../../sidecar/fetch/address.ts'
import { TransientError } from '../../sidecar/retry.ts'
import { type DestinationRules, isAllowed, notPublic, placeProblem } from './address-rules.ts'
import { DestinationRefusal } from './trouble.ts'

/** As every other program on this machine does it. */
const resolveBySystem: Resolver = (host) => lookup(host, { all: true, order: 'verbatim' })

/**
 * Resolves the host of a destination once and holds every address to the rules. Connections then go to one of these and to no
 * other, so that a name which changes its address in between gains nothing.
 * @throws DestinationRefusal, in the same words for a name that is not there and one that is at a private address: what names
 *   there are inside is nobody's business. TransientError where the name does not resolve now
 */
export async function reach(
  url: URL,
  rules: DestinationRules,
  timeoutMs: number,
  signal: AbortSignal,
  resolver: Resolver = resolveBySystem,
): Promise<readonly CheckedAddress[]> {
  const host = plainHost(url)
  const found = isIP(host) === 0 ? await resolve(url, rules, timeoutMs, signal, resolver) : [{ address: host }]
  if (found.length === 0) throw new DestinationRefusal(`${host} ${notPublic}`)
  const problem = placeProblem(
    url,
    found.map(({ address }) => address),
    rules,
  )
  if (problem !== undefined) throw new DestinationRefusal(`the address of ${host} ${problem}`)
  return found.map(({ address }) => ({ address, family: isIP(address) === 6 ? 6 : 4 }))
}

async function resolve(
  url: URL,
  rules: DestinationRules,
  timeoutMs: number,
  signal: AbortSignal,
  resolver: Resolver,
): Promise<readonly { readonly address: string }[]> {
  const host = plainHost(url)
  const tooLate = Promise.withResolvers<never>()
  const end = () => tooLate.reject(new TransientError(`the name ${host} did not resolve in time`))
  const timer = setTimeout(end, timeoutMs)
  signal.addEventListener('abort', end, { once: true })
  try {
    // A lookup cannot be ended; its answer is then nobody's.
    return await Promise.race([resolver(host), tooLate.promise])
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof TransientError) throw error
    // A host that the operator named is there, if not at this moment: names of containers come and go with them.
    if (codeOf(error) === 'ENOTFOUND' && !isAllowed(url, rules))
      throw new DestinationRefusal(`the address of ${host} ${notPublic}`, { cause: error })
    throw new TransientError(`the name ${host} does not resolve now`, { cause: error })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }
}
