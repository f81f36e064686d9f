import type { Role } from '../../core/access/caller.ts'

/**
 * Who may use a route. `anyone`: nothing is asked. `connector`: the secret in the path, checked by the route because it is a
 * part of the path, and the tokens of a control plane where it is to have them. `result-token`: the token of that very transfer, likewise;
 * `reception-token`: that of that very reception. `admin:…`: a caller of the admin API whose role allows it:
 * `admin:read` looks, `admin:results` reads what jobs wrote, `admin:operate` acts on jobs and offers that there are, `admin:write` changes
 * what is offered, `admin:keys` says who may call.
 */
export type AccessRule =
  | 'anyone'
  | 'connector'
  | 'result-token'
  | 'reception-token'
  | 'admin:read'
  | 'admin:results'
  | 'admin:operate'
  | 'admin:write'
  | 'admin:keys'

/** The least role that a rule asks for; `undefined` where roles have no say. */
export const neededRole: Readonly<Record<AccessRule, Role | undefined>> = {
  anyone: undefined,
  connector: undefined,
  'result-token': undefined,
  'reception-token': undefined,
  'admin:read': 'read',
  'admin:results': 'operator',
  'admin:operate': 'operator',
  'admin:write': 'admin',
  'admin:keys': 'admin',
}
