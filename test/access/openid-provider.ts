import { generateKeyPairSync } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { exportJWK, type JWK } from 'jose'
import { Provider } from 'oidc-provider'
import { freePort } from '../support/free-ports.ts'

/** What tokens of the provider are for: the name of the service under test there. */
export const audience = 'https://compute.example/admin'

/** The secret of every client. */
const clientSecret = 'the-secret-of-a-client-0123456789'

/** Clients by the roles that the provider gives them. */
const clients: Readonly<Record<string, readonly string[]>> = {
  'the-admin': ['dsc-admin'],
  'the-operator': ['dsc-operator', 'something-else'],
  'the-reader': ['dsc-read'],
  'somebody-else': ['something-else'],
  nobody: [],
}

/** A real OpenID provider. */
export interface OpenIdProvider {
  readonly issuer: string
  /** Its signing keys, secret parts included, by algorithm: a test may sign what the provider never would. */
  readonly keys: Readonly<Record<'ES256' | 'RS256' | 'PS256' | 'EdDSA', JWK>>
  /** An access token for a client, by client credentials, as any program gets one. */
  token(client: string): Promise<string>
  /** How often its keys were asked for. */
  readonly keyRequests: number
  /** Signs with new keys from now on; the old ones are gone. */
  rotate(): Promise<void>
  /** Answers nothing any more, until it is started again at the same address. */
  stop(): Promise<void>
  start(): Promise<void>
}

/** Starts it at a free port of 127.0.0.1. */
export async function startOpenIdProvider(): Promise<OpenIdProvider> {
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  let keys = await makeKeys('first')
  let keyRequests = 0
  let server: Server | undefined
  const stop = async (): Promise<void> => {
    server?.closeAllConnections()
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)))
    server = undefined
  }
  const start = async (): Promise<void> => {
    const provider = providerWith(issuer, Object.values(keys))
    const handle = provider.callback()
    const started = createServer((request, response) => {
      if (request.url?.startsWith('/jwks') === true) keyRequests += 1
      void handle(request, response)
    })
    await new Promise<void>((resolve, reject) => started.once('error', reject).listen(port, '127.0.0.1', resolve))
    server = started
  }
  await start()
  return {
    issuer,
    get keys() {
      return keys
    },
    get keyRequests() {
      return keyRequests
    },
    async token(client) {
      const response = await fetch(`${issuer}/token`, {
        method: 'POST',
        headers: { Authorization: `Basic ${Buffer.from(`${client}:${clientSecret}`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience }),
      })
      const answer = (await response.json()) as { readonly access_token?: string }
      if (answer.access_token === undefined) throw new Error(`no token for ${client}: ${JSON.stringify(answer)}`)
      return answer.access_token
    },
    async rotate() {
      await stop()
      keys = await makeKeys('second')
      await start()
    },
    stop,
    start,
  }
}

function providerWith(issuer: string, keys: readonly JWK[]): Provider {
  const provider = new Provider(issuer, {
    clients: Object.keys(clients).map((id) => ({
      client_id: id,
      client_secret: clientSecret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    })),
    jwks: { keys: keys.map((key) => ({ ...key })) },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: '',
          audience,
          accessTokenTTL: 300,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    extraTokenClaims: (_ctx, token) => ({ roles: clients[token.clientId ?? ''] ?? [] }),
  })
  provider.on('server_error', (_ctx, error) => {
    throw error
  })
  return provider
}

async function makeKeys(name: string): Promise<OpenIdProvider['keys']> {
  const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const key = async (alg: string, made: Parameters<typeof exportJWK>[0]): Promise<JWK> => ({
    ...(await exportJWK(made)),
    alg,
    use: 'sig',
    kid: `${name}-${alg}`,
  })
  return {
    ES256: await key('ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    RS256: await key('RS256', rsa()),
    PS256: await key('PS256', rsa()),
    EdDSA: await key('EdDSA', generateKeyPairSync('ed25519').privateKey),
  }
}
