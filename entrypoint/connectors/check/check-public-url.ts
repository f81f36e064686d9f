import { lookup } from 'node:dns/promises'
import type { CheckRow } from './row.ts'

/** Whether the address that results get and that the connector is to call can be reached by it at all. */
export async function checkPublicUrl(
  { managementUrl }: { readonly managementUrl: string },
  publicUrl: string,
): Promise<CheckRow> {
  const name = 'public-url'
  const ours = await placeOf(new URL(publicUrl).hostname)
  const theirs = await placeOf(new URL(managementUrl).hostname)
  const { port, protocol } = new URL(publicUrl)
  const mend = {
    hint: 'Name the address at which the connector and its data plane reach the public listener of this service, and restart the service.',
    where: 'settings',
    lines: [`DSC_PUBLIC_URL=${protocol}//<address of this service for the connector>${port === '' ? '' : `:${port}`}`],
  } as const
  if (ours === 'any')
    return { name, outcome: 'failed', seen: `${publicUrl} is where the service listens, no address to call.`, mend }
  if (ours === 'unresolved')
    return {
      name,
      outcome: 'unknown',
      seen: `The name in ${publicUrl} does not resolve here; it may at the connector.`,
    }
  if (ours === 'elsewhere') {
    const seen = `${publicUrl} is not bound to this machine. Whether the connector reaches it shows when it sends something.`
    return { name, outcome: 'ok', seen }
  }
  if (theirs === 'loopback')
    return { name, outcome: 'ok', seen: `${publicUrl}: connector and service share this machine.` }
  return theirs === 'unresolved'
    ? { name, outcome: 'unknown', seen: `${publicUrl} is loopback; where the connector runs is not known.`, mend }
    : { name, outcome: 'failed', seen: `${publicUrl} is loopback, and the connector is on another machine.`, mend }
}

async function placeOf(hostname: string): Promise<'loopback' | 'any' | 'elsewhere' | 'unresolved'> {
  const plain = hostname.replace(/^\[|\]$/g, '')
  if (plain === '0.0.0.0' || plain === '::') return 'any'
  try {
    const addresses = await lookup(plain, { all: true })
    return addresses.every(({ address }) => address.startsWith('127.') || address === '::1') ? 'loopback' : 'elsewhere'
  } catch {
    return 'unresolved' // a name that this machine cannot resolve is a finding, no error
  }
}
