import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { InputAddress } from './policies.ts'
import { isNever } from './ranges.ts'

/** Finds every address of a name; fails where it has none. */
export type Lookup = (host: string) => Promise<readonly string[]>

/** As every other program on this machine does it. */
export const systemLookup: Lookup = async (host) => (await lookup(host, { all: true })).map(({ address }) => address)

/**
 * The addresses of hosts that url inputs may name though they are private (`host` or `host:port`): a policy knows addresses only. They
 * are resolved when the policies are made or mended; one that does not resolve is let out, so that a pod waits for nothing else. So is what
 * no name may stand for: whoever answers for a name must not open the node's own link to workers.
 */
export async function resolveHosts(
  hosts: readonly string[],
  find: Lookup = systemLookup,
): Promise<readonly InputAddress[]> {
  const found = await Promise.all(
    hosts.map(async (entry) => {
      const { host, port } = splitHost(entry)
      if (isIP(host) !== 0) return [{ address: host, port }]
      const addresses = await find(host).catch((): readonly string[] => [])
      return addresses
        .filter((address) => !isNever(address))
        .toSorted()
        .map((address) => ({ address, port }))
    }),
  )
  return found.flat()
}

function splitHost(entry: string): { readonly host: string; readonly port: number | undefined } {
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(entry) ?? []
  return { host: bracketed ?? plain ?? entry, port: port === undefined ? undefined : Number(port) }
}
