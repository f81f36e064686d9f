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
  const host = url.searchParams.get('host') ?? url.hostname
  if (mode === null && !isOnThisMachine(host))
    return 'needs sslmode=verify-full (or, where nobody else is on the way, sslmode=disable) because the database is on another machine'
  return undefined
}

/** A socket in the file system, or loopback. */
function isOnThisMachine(host: string): boolean {
  return host === '' || host.startsWith('/') || /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(host)
}
