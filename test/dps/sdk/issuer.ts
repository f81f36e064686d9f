import { createServer } from 'node:http'
import { generateKeyPairSync } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { exportJWK } from 'jose'
import { Provider } from 'oidc-provider'
import { freePort } from '../../support/free-ports.ts'

/** A real authorization server with two clients, whose tokens are for each other. */
export interface Issuer {
  readonly url: string
  readonly tokenEndpoint: string
  readonly jwksUri: string
  readonly clientSecret: string
}

/** Starts it for a test. Tokens of a client have its id as `sub`, and the receiver that is named here as `aud`. */
export async function issuerFor(t: ExecutionContext, receivers: Readonly<Record<string, string>>): Promise<Issuer> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const clientSecret = 'the-secret-of-a-client-0123456789'
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'the-key' }
  const provider = new Provider(url, {
    clients: Object.keys(receivers).map((id) => ({
      client_id: id,
      client_secret: clientSecret,
      token_endpoint_auth_method: 'client_secret_post',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: 'ES256',
    })),
    jwks: { keys: [key] },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_, client) => `urn:of:${client.clientId}`,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, __, client) => ({
          scope: '',
          audience: receivers[client.clientId] ?? '',
          accessTokenTTL: 300,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  })
  provider.on('server_error', (_, error) => {
    throw error
  })
  const handle = provider.callback()
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { url, tokenEndpoint: `${url}/token`, jwksUri: `${url}/jwks`, clientSecret }
}
