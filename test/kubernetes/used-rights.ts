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

/**
 * Notes which rights the calls of this process need in a namespace, from now until `end`: undici tells of every request. Without a
 * namespace it notes those that are needed of the cluster: of its namespaces, and of the bindings made in them.
 */
export function noteUsedRights(namespace: string | undefined): { readonly used: ReadonlySet<Right>; end(): void } {
  const used = new Set<Right>()
  const heard = (message: unknown): void => {
    const { success, data } = messageSchema.safeParse(message)
    if (!success) return
    const { method, path } = data.request
    const right = namespace === undefined ? clusterRightOf(method, path) : rightOf(method, path, namespace)
    if (right === undefined) return
    used.add(right)
    // What is applied and is not there is created.
    if (path.includes('fieldManager=')) used.add(right.replace(/^patch /, 'create '))
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

const bindings = 'rbac.authorization.k8s.io/rolebindings'

/** The right that a request needs of the cluster. */
function clusterRightOf(method: string, path: string): Right | undefined {
  const url = new URL(path, 'http://localhost')
  const [, name] = /^\/api\/v1\/namespaces(?:\/([^/]+))?$/.exec(url.pathname) ?? []
  if (/^\/api\/v1\/namespaces(\/[^/]+)?$/.test(url.pathname))
    return `${method === 'PATCH' ? 'patch' : name === undefined ? 'list' : 'get'} /namespaces`
  return /\/namespaces\/[^/]+\/rolebindings\//.test(url.pathname) ? `patch ${bindings}` : undefined
}
