import type { JSONWebKeySet } from 'jose'
import { z } from 'zod'
import { ServiceError } from '../../../core/errors.ts'
import type { Clock } from '../../../core/ports/clock.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import { httpClient } from '../../connectors/http.ts'

/** How long keys are used before they are fetched again. Milliseconds. */
const freshMs = 10 * 60_000
/** How long they are used at most where the provider does not answer: its tokens do not live as long. */
const staleMs = 60 * 60_000
/** Least time between two fetches, whatever tokens name unknown keys. */
const pauseMs = 30_000
/** Least time after a fetch that failed. */
const failedPauseMs = 5_000
/** Limits of one answer of the provider. */
const limits = { maximumBytes: 256 * 1024, callMs: 5_000 }

const discoverySchema = z.object({ issuer: z.string(), jwks_uri: z.string() })
const jwksSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) })

/** The public keys of an OpenID provider. */
export interface ProviderKeys {
  /** The keys that are known, fetched where they are old. @throws ServiceError `identity-provider-unreachable` where there are none */
  current(): Promise<JSONWebKeySet>
  /**
   * Newer keys than those given, for a token that names one which is not among them; `undefined` where it is too early to ask again.
   * @throws ServiceError `identity-provider-unreachable`
   */
  newer(than: JSONWebKeySet): Promise<JSONWebKeySet | undefined>
}

/**
 * Fetches the keys of a provider: the address of its keys from its discovery document (OpenID Connect Discovery 1.0, section 4), and that
 * from the configured issuer, never from a token.
 */
export function providerKeys(issuer: string, clock: Clock, logger: Logger): ProviderKeys {
  let known: { readonly keys: JSONWebKeySet; readonly at: number } | undefined
  let failedAt: number | undefined
  let underWay: Promise<JSONWebKeySet> | undefined
  const fetchKeys = (): Promise<JSONWebKeySet> => {
    underWay ??= fetched(issuer)
      .then(
        (keys) => {
          known = { keys, at: clock.now() }
          failedAt = undefined
          return keys
        },
        (error: unknown) => {
          failedAt = clock.now()
          logger.warn('the keys of the OpenID provider cannot be had', { issuer, error })
          throw away(error)
        },
      )
      .finally(() => (underWay = undefined))
    return underWay
  }
  const age = (at: number): number => Math.abs(clock.now() - at)
  const justFailed = (): boolean => failedAt !== undefined && age(failedAt) < failedPauseMs
  return {
    async current() {
      if (known !== undefined && age(known.at) < freshMs) return known.keys
      const usable = known !== undefined && age(known.at) < staleMs ? known.keys : undefined
      if (justFailed()) {
        if (usable !== undefined) return usable
        throw away()
      }
      try {
        return await fetchKeys()
      } catch (error) {
        if (usable !== undefined) return usable
        throw error
      }
    },
    async newer(than) {
      if (known !== undefined && known.keys !== than) return known.keys
      if (justFailed()) throw away()
      if (known !== undefined && age(known.at) < pauseMs) return undefined
      return fetchKeys()
    },
  }
}

function away(cause?: unknown): ServiceError {
  return new ServiceError(
    'identity-provider-unreachable',
    'The OpenID provider does not answer, so its tokens cannot be checked.',
    { cause },
  )
}

async function fetched(issuer: string): Promise<JSONWebKeySet> {
  const discovery = discoverySchema.parse(
    await getJson(`${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`),
  )
  // The document names its issuer, so that no other document is taken for it (OpenID Connect Discovery 1.0, section 4.3).
  if (discovery.issuer !== issuer)
    throw new Error(`the discovery document is that of ${JSON.stringify(discovery.issuer.slice(0, 200))}`)
  const address = new URL(discovery.jwks_uri)
  if (address.protocol !== 'https:' && address.origin !== new URL(issuer).origin)
    throw new Error('the keys lie at an address without https')
  const { keys } = jwksSchema.parse(await getJson(address.href))
  return { keys }
}

async function getJson(url: string): Promise<unknown> {
  // A connection that was kept from ten minutes ago would often be dead.
  const { status, body } = await httpClient(url, { Accept: 'application/json', Connection: 'close' }, limits).get('')
  if (status !== 200) throw new Error(`${url} answered ${status}`)
  return body
}
