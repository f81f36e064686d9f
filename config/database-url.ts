import { z } from 'zod'

/** What `sslmode` may be: anything in between encrypts without knowing for whom, or is read differently from one release of the driver to the next. */
const modes = ['verify-full', 'disable']

/** The address of a PostgreSQL database. On the way to another machine it must say whether the connection is encrypted. */
export const databaseUrl = z.string().superRefine((value, context) => {
  const problem = problemOf(value)
  // The value itself is never told: it holds a password.
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem, input: undefined })
})

function problemOf(value: string): string | undefined {
  const url = URL.parse(value)
  if (url === null || !['postgres:', 'postgresql:'].includes(url.protocol))
    return 'expected an address such as postgres://user:password@host:5432/database?sslmode=verify-full'
  const mode = url.searchParams.get('sslmode')
  if (mode !== null && !modes.includes(mode)) return `expected sslmode to be one of ${modes.join(', ')}`
  if (mode === null && !isOnThisMachine(url))
    return 'needs sslmode=verify-full (or, where nobody else is on the way, sslmode=disable) because the database is on another machine'
  return undefined
}

/** What a database address has to prove who calls. */
export interface DatabaseAccess {
  readonly user: string
  /** Empty where the address has none. */
  readonly password: string
  /** Whether a client certificate stands in the place of a password. */
  readonly certificate: boolean
  /** Whether it is a socket in the file system, or loopback: there the server may know its callers otherwise, and so does a proxy beside us. */
  readonly local: boolean
}

/** Reads an address that `databaseUrl` took, as the driver does: parameters come before the parts of the address. */
export function databaseAccess(value: string): DatabaseAccess {
  const url = new URL(value)
  const { searchParams: given } = url
  return {
    user: given.get('user') || decoded(url.username),
    password: given.get('password') || decoded(url.password),
    certificate: (given.get('sslcert') ?? '') !== '' && (given.get('sslkey') ?? '') !== '',
    local: isOnThisMachine(url),
  }
}

function isOnThisMachine(url: URL): boolean {
  const host = url.searchParams.get('host') || url.hostname
  return host === '' || host.startsWith('/') || /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(host)
}

/** A part of an address as it is meant; as it stands where it is no encoding. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
