import { SidecarFailure } from '../failure.ts'

/** What a gate tries to connect to. */
export interface Target {
  readonly host: string
  readonly port: number
}

/**
 * Reads `host:port`; of an IPv6 address with or without brackets the last colon counts.
 * @throws SidecarFailure backend-error, where the kubelet left a variable as it stands because the container has none of that name
 */
export function parseTarget(text: string): Target {
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(text) ?? []
  const plain = host.replaceAll(/^\[|\]$/g, '')
  if (!/^[A-Za-z0-9._:-]+$/.test(plain) || Number(port) < 1 || Number(port) > 65_535)
    throw new SidecarFailure('backend-error', `The gate cannot read ${JSON.stringify(text)}; expected host:port.`)
  return { host: plain, port: Number(port) }
}

/** As it is shown to people. */
export function shownTarget({ host, port }: Target): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
