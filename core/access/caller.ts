/** What a caller of the admin API may do; each may what the ones before it may. */
export const roles = ['read', 'operator', 'admin'] as const

/**
 * One of them. `read` looks at everything but results and logs. `operator` also reads these, cancels and repeats jobs, pauses and resumes
 * assets, checks connectors. `admin` does everything: assets, publications, API keys.
 */
export type Role = (typeof roles)[number]

/** Who calls the admin API, as the audit log and the request log name it. */
export interface Caller {
  /**
   * How it was recognised: `token` by DSC_ADMIN_TOKEN, `key` by an API key, `oidc` by a token of the OpenID provider, `local` by nothing
   * but being on this machine, where no token is configured.
   */
  readonly kind: 'token' | 'key' | 'oidc' | 'local'
  /** The API key's id, the OpenID token's `sub`; for the other two the same as `kind`. Plain text of at most 255 characters. */
  readonly id: string
  /** What people call it: the key's name, the OpenID client (`azp`, `client_id`) or else `sub`. */
  readonly name: string
  readonly role: Role
}

/** Whether a role includes another. */
export function includesRole(role: Role, wanted: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(wanted)
}
