import { readFileSync } from 'node:fs'
import type { AccessParts } from './access.ts'
import type { KubeconfigContext } from './kubeconfig.ts'

/** What a kubeconfig gives that needs nothing but reading it and the files that it names; they are read now. */
export function plainAccess({ cluster, user, place }: KubeconfigContext): AccessParts {
  const insecure = cluster['insecure-skip-tls-verify'] === true
  if (!insecure && !cluster.server.startsWith('https:'))
    throw new Error(
      `the API server’s address ${cluster.server} is not encrypted, so a token would be open to all; where that is meant, say insecure-skip-tls-verify: true`,
    )
  const bytes = (data: string | undefined, path: string | undefined): Buffer | undefined => {
    if (data !== undefined) return Buffer.from(data, 'base64')
    return path === undefined ? undefined : readFileSync(place(path))
  }
  const tokenFile = user.tokenFile ?? user['token-file']
  const token = tokenFile === undefined ? user.token : readFileSync(place(tokenFile), 'utf8').trim()
  const authorization = token === undefined || token === '' ? basic(user) : `Bearer ${token}`
  return {
    server: cluster.server,
    proxy: cluster['proxy-url'],
    headers: authorization === undefined ? {} : { Authorization: authorization },
    certificates: {
      ca: bytes(cluster['certificate-authority-data'], cluster['certificate-authority']),
      cert: bytes(user['client-certificate-data'], user['client-certificate']),
      key: bytes(user['client-key-data'], user['client-key']),
      rejectUnauthorized: insecure ? false : undefined,
      servername: cluster['tls-server-name'],
    },
  }
}

function basic({ username, password }: KubeconfigContext['user']): string | undefined {
  if (username === undefined) return undefined
  return `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`
}
