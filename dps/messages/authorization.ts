import { z } from 'zod'
import { absent, idSchema, urlSchema } from './fields.ts'

/** Public keys, as RFC 7517 writes them. */
export const jwksSchema = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string().min(1).max(64) })).max(100) })

/** Any authorization object: only its type is common to all. */
export const authorizationSchema = z.looseObject({ type: z.string().min(1).max(256) })

/**
 * The authorization object of the profile `oauth2_client_credentials`. In the registration of a data plane it says where the control
 * plane gets its tokens, and by which keys it checks those of the data plane.
 */
export const clientCredentialsSchema = z.looseObject({
  type: z.literal('oauth2_client_credentials'),
  tokenEndpoint: urlSchema,
  clientId: idSchema,
  clientSecret: z.string().min(1).max(4096),
  jwks: absent(jwksSchema),
  jwksUri: absent(urlSchema),
})

/** An authorization object as it came. */
export type Authorization = z.output<typeof authorizationSchema>
