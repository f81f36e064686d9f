import type { SignalingSettings } from '../../../config/signaling.ts'
import type { Authorization } from '../../../dps/auth/authorization.ts'
import { clientCredentials } from '../../../dps/auth/client-credentials.ts'

/**
 * How our requests to a control plane are authorized; `undefined` where they carry no token. Where no token is given for the secret, and
 * its file has another by then, that is tried at once: so a secret changes without a restart.
 */
export function ownAuthorization({ tokens }: Pick<SignalingSettings, 'tokens'>): Authorization | undefined {
  const { own } = tokens
  if (own === undefined) return undefined
  const { tokenUrl: tokenEndpoint, clientId, clientSecretInFile: inFile, scope } = own
  const make = (clientSecret: string): { readonly secret: string; readonly authorization: Authorization } => ({
    secret: clientSecret,
    authorization: clientCredentials({
      tokenEndpoint,
      clientId,
      clientSecret,
      ...(scope === undefined ? {} : { scope }),
    }),
  })
  let made = make(own.clientSecret)
  return {
    async header() {
      const { secret, authorization } = made
      try {
        return await authorization.header()
      } catch (error) {
        if (inFile?.replaced(secret) !== true) throw error
        if (made.secret !== inFile.current()) made = make(inFile.current())
        return made.authorization.header()
      }
    },
    refused: () => made.authorization.refused(),
  }
}
