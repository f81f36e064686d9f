import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { z } from 'zod'

/** A right as a Role grants it: `verb group/resource`; the group of core objects is empty. */
type Right = string

const messageSchema = z.object({ request: z.object({ method: z.string(), path: z.string() }) })
const roleSchema = z.looseObject({
  rules: z.array(
    z.object({ apiGroups: z.array(z.string()), resources: z.array(z.string()), verbs: z.array(z.string()) }),
  ),
})

/** Every right that a Role grants. */
export function grantedRights(role: unknown): ReadonlySet<Right> {
  const { rules } = roleSchema.parse(role)
  return new Set(
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((one) => verbs.map((verb) => `${verb} ${group}/${one}`))),
    ),
  )
}

/** Notes which rights the calls of this process need in a namespace, from now until `end`: undici tells of every request. */
export function noteUsedRights(namespace: string): { readonly used: ReadonlySet<Right>; end(): void } {
  const used = new Set<Right>()
  const heard = (message: unknown): void => {
    const { success, data } = messageSchema.safeParse(message)
    const right = success ? rightOf(data.request.method, data.request.path, namespace) : undefined
    if (right !== undefined) used.add(right)
  }
  subscribe('undici:request:create', heard)
  return { used, end: () => unsubscribe('undici:request:create', heard) }
}

/** The right that a request needs, by the rules of the Kubernetes API; `undefined` where it is about something else. */
function rightOf(method: string, path: string, namespace: string): Right | undefined {
  const url = new URL(path, 'http://localhost')
  const found = /^\/(?:api\/v1|apis\/([^/]+)\/[^/]+)\/namespaces\/([^/]+)\/(.+)$/.exec(url.pathname)
  const [, group = '', where, rest = ''] = found ?? []
  if (where !== namespace) return undefined
  const [resource, name, sub] = rest.split('/')
  const what = `${group}/${resource}${sub === undefined ? '' : `/${sub}`}`
  if (method !== 'GET') return `${{ POST: 'create', PATCH: 'patch', PUT: 'update', DELETE: 'delete' }[method]} ${what}`
  if (name !== undefined) return `get ${what}`
  return `${url.searchParams.has('watch') ? 'watch' : 'list'} ${what}`
}
