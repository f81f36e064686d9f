import { type Role, roles } from '../../../core/access/caller.ts'

/**
 * The highest role that a token's claims give.
 * @param claim name of the claim; where there is none of the whole name, a path with dots, such as `realm_access.roles`. Its value is a
 * list of texts, or one text with spaces between, as `scope` is
 * @param values which value gives which role
 * @returns `undefined` where none does
 */
export function roleInClaims(
  claims: Readonly<Record<string, unknown>>,
  claim: string,
  values: Readonly<Record<Role, readonly string[]>>,
): Role | undefined {
  const given = new Set(textsIn(valueAt(claims, claim)))
  return roles.findLast((role) => values[role].some((value) => given.has(value)))
}

function valueAt(claims: unknown, path: string): unknown {
  if (typeof claims !== 'object' || claims === null) return undefined
  if (Object.hasOwn(claims, path)) return Reflect.get(claims, path)
  const dot = path.indexOf('.')
  if (dot < 0) return undefined
  const first = path.slice(0, dot)
  return Object.hasOwn(claims, first) ? valueAt(Reflect.get(claims, first), path.slice(dot + 1)) : undefined
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.split(' ')
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
