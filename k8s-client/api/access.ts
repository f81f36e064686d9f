import { createHash } from 'node:crypto'
import type { ConnectionOptions, SecureContextOptions } from 'node:tls'

/** What a TLS connection to the API server is made with. */
export type Certificates = Pick<
  SecureContextOptions & ConnectionOptions,
  'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'rejectUnauthorized' | 'servername'
>

/** What one request needs to be let in. */
export interface Access {
  /** Base address of the API server, without a slash at the end. */
  readonly server: string
  readonly headers: Readonly<Record<string, string>>
  readonly certificates: Certificates
  /** Address of an HTTP proxy to go through. */
  readonly proxy: string | undefined
  /** Changes when server, certificates or proxy do. */
  readonly identity: string
}

/** Who we are to the API server, and where it is. */
export interface AccessSource {
  /** What to connect with now; at most half a minute old. */
  current(): Promise<Access>
  /** Reads everything anew: the API server did not accept what `current` gave. */
  renew(): Promise<Access>
}

/** What an access is made of. */
export interface AccessParts {
  readonly server: string
  readonly proxy: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly certificates: { readonly [Name in keyof Certificates]: Certificates[Name] | undefined }
}

/** An access made of its parts. */
export function makeAccess(parts: AccessParts): Access {
  const certificates: Certificates = Object.fromEntries(
    Object.entries(parts.certificates).filter(([, value]) => value !== undefined),
  )
  const server = parts.server.replace(/\/+$/, '')
  const proxy = parts.proxy === '' ? undefined : parts.proxy
  const identity = createHash('sha256')
    .update(JSON.stringify([server, proxy, certificates]))
    .digest('hex')
  return { server, headers: parts.headers, certificates, proxy, identity }
}
