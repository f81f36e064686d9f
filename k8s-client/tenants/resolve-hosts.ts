import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { InputAddress } from './policies.ts'

/**
 * The addresses of hosts that url inputs may name though they are private (`host` or `host:port`): a policy knows addresses only. They
 * are resolved when the policies are made or mended; one that does not resolve is let out, so that a pod waits for nothing else.
 */
export async function resolveHosts(hosts: readonly string[]): Promise<readonly InputAddress[]> {
  const found = await Promise.all(
    hosts.map(async (entry) => {
      const { host, port } = splitHost(entry)
      if (isIP(host) !== 0) return [{ address: host, port }]
      const addresses = await lookup(host, { all: true }).catch(() => [])
      return addresses
        .map(({ address }) => address)
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
