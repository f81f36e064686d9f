import type { IncomingMessage } from 'node:http'
import type { HttpDependency } from './fault.ts'

/** What a request asks, in a few words: all calls of one kind have one name. */
export function nameOfCall(dependency: HttpDependency, request: IncomingMessage): string {
  const url = new URL(request.url ?? '/', 'http://any')
  const method = request.method ?? ''
  switch (dependency) {
    case 'kubernetes':
      return kubernetesCall(method, url)
    case 'connector':
      return connectorCall(method, url)
    case 'store':
    case 'pod-store':
      return storeCall(method, url)
  }
}

const verbs: Readonly<Record<string, string>> = { POST: 'create', PATCH: 'patch', PUT: 'update', DELETE: 'delete' }

function kubernetesCall(method: string, { pathname, searchParams }: URL): string {
  const [, resource = pathname, name, log] =
    /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)(?:\/namespaces\/[^/]+)?\/([a-z]+)(?:\/([^/]+)(?:\/([a-z]+))?)?$/.exec(
      pathname,
    ) ?? []
  if (log !== undefined) return `get ${resource}/${log}`
  if (searchParams.get('watch') === '1') return `watch ${resource}`
  return `${verbs[method] ?? (name === undefined ? 'list' : 'get')} ${resource}`
}

function connectorCall(method: string, { pathname }: URL): string {
  if (/\/callback\/[^/]+\/provision$/.test(pathname)) return 'callback'
  const [, what = pathname, , action] = /\/v3\/([a-z]+)(?:\/([^/]+)(?:\/([a-z]+))?)?$/.exec(pathname) ?? []
  return `${method} ${what}${action === undefined ? '' : `/${action}`}`
}

function storeCall(method: string, { pathname, searchParams }: URL): string {
  const parts = pathname.split('/').filter((part) => part !== '')
  if (parts.length === 0) return 'AssumeRole'
  if (pathname.startsWith('/minio/admin/')) return 'revoke credentials'
  if (searchParams.has('uploadId')) {
    if (method === 'PUT') return 'PUT part'
    return method === 'POST' ? 'complete upload' : method === 'DELETE' ? 'abort upload' : 'list parts'
  }
  if (searchParams.has('uploads')) return method === 'POST' ? 'begin upload' : 'list uploads'
  if (searchParams.has('versions')) return 'list versions'
  if (searchParams.has('list-type')) return 'list objects'
  if (searchParams.has('delete')) return 'delete objects'
  return `${method} ${parts.length === 1 ? 'bucket' : 'object'}`
}
