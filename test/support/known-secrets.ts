import { tokenKey } from './entrypoint.ts'
import type { KnownSecret } from './leaks.ts'

/** What tests give every service, and must stand nowhere that others may look: what opens results, and every canary. */
export const secretsOfTests: readonly KnownSecret[] = [
  { name: 'DSC_TOKEN_KEY', value: tokenKey },
  { name: 'a canary', value: 'canary-' },
]
