import { z } from 'zod'
import { kept } from '../client/keep.ts'
import type { Registration } from '../client/registration.ts'
import { type Outcome, send, type Sending } from '../client/send.ts'
import { edcNamespace } from '../messages/data-address.ts'
import { absent } from '../messages/fields.ts'
import { readDocument } from './read-document.ts'

/** A data plane as EDC's selector keeps it (`DataPlaneInstance`). */
export interface DataPlaneInstance {
  readonly id: string
  /** Where it is signalled to: the base address and `/dataflows`, without a slash at the end. */
  readonly url: string
  /** Types of the data addresses of assets that it serves, such as `ComputeAsset`. The catalogue offers an asset's transfer types by this list. */
  readonly sourceTypes: readonly string[]
  /** `<destination>-PULL` or `<destination>-PUSH`, such as `HttpData-PULL`, `AmazonS3-PUSH`. */
  readonly transferTypes: readonly string[]
  /** Demanded by EDC up to 0.10, and used by none. Default: what stands before `-PULL` or `-PUSH` in the transfer types. */
  readonly destinationTypes?: readonly string[]
}

/** Where and as what a data plane registers itself. */
export interface SelectorOptions extends Sending {
  /**
   * What stands before `/dataplanes`: `<control API>/v1`, such as `http://provider:9191/control/v1` (EDC 0.7 to 0.18 with the module
   * `data-plane-selector-control-api`), or `<management API>/v2` (0.6 to 0.10), which wants `x-api-key` among the headers.
   */
  readonly address: string
  readonly dataPlane: DataPlaneInstance
}

/**
 * A data plane's registration with EDC's selector. Registering is not idempotent there: from 0.8 to 0.15 it takes the data plane out of
 * the selection until a heartbeat (`GET <url>/check`) is answered, and a transfer that starts in between is ended with "DataPlane not found".
 * So it is looked first, and registered only what is missing, different, or UNAVAILABLE; EDC itself looks at the latter again after a
 * minute only. An EDC that does not show its data planes (0.7) is registered with every time.
 */
export function selector(options: SelectorOptions): Registration {
  const base = `${options.address.replace(/\/+$/, '')}/dataplanes`
  const { dataPlane } = options
  const register = async (): Promise<Outcome> => {
    const found = await look(base, options)
    if (found.is === 'unanswered') return { outcome: 'later', reason: found.reason }
    if (found.is === 'shown' && found.instances.some((instance) => serves(instance, dataPlane)))
      return { outcome: 'taken' }
    return send('POST', base, document(dataPlane), options)
  }
  return {
    register,
    async deregister() {
      const outcome = await send('DELETE', `${base}/${encodeURIComponent(dataPlane.id)}`, undefined, options)
      return outcome.outcome === 'later' && outcome.status === 404 ? { outcome: 'taken' } : outcome
    },
    keep: (keeping = {}) => kept(register, keeping),
  }
}

const namesSchema = z.preprocess((value) => (typeof value === 'string' ? [value] : (value ?? [])), z.array(z.string()))
const instanceSchema = z.looseObject({
  '@id': z.string(),
  url: absent(z.string()),
  allowedSourceTypes: namesSchema,
  allowedTransferTypes: namesSchema,
  /** From 0.8 on: REGISTERED, AVAILABLE, UNAVAILABLE, UNREGISTERED. */
  state: absent(z.string()),
})
const listSchema = z.preprocess(
  (value) => (Array.isArray(value) ? value : value === undefined ? [] : [value]),
  z.array(instanceSchema),
)

type ShownInstance = z.output<typeof instanceSchema>

type Look =
  | { readonly is: 'shown'; readonly instances: readonly ShownInstance[] }
  | { readonly is: 'hidden' }
  | { readonly is: 'unanswered'; readonly reason: string }

/** The data planes that the selector shows. */
async function look(
  base: string,
  { authorization, headers = {}, fetch: ask = fetch, timeoutMs = 10_000 }: SelectorOptions,
): Promise<Look> {
  try {
    const authenticated =
      authorization === undefined ? headers : { ...headers, authorization: await authorization.header() }
    const response = await ask(base, {
      method: 'GET',
      headers: { ...authenticated },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.text()
    if (response.status === 401) authorization?.refused()
    if (response.status === 404 || response.status === 405) return { is: 'hidden' } // or not mounted yet: then the registration says so
    if (!response.ok)
      return { is: 'unanswered', reason: `GET ${base} was answered with ${response.status}: ${text.slice(0, 1000)}` }
    const list = listSchema.safeParse(readDocument(JSON.parse(text)))
    return list.success ? { is: 'shown', instances: list.data } : { is: 'hidden' }
  } catch (error) {
    return { is: 'unanswered', reason: `GET ${base} failed: ${error instanceof Error ? error.message : String(error)}` }
  }
}

/** Whether the instance is ours as it should be, and selected or about to be. */
function serves(
  { '@id': id, url, allowedSourceTypes, allowedTransferTypes, state }: ShownInstance,
  wanted: DataPlaneInstance,
): boolean {
  return (
    id === wanted.id &&
    url === wanted.url &&
    same(allowedSourceTypes, wanted.sourceTypes) &&
    same(allowedTransferTypes, wanted.transferTypes) &&
    state !== 'UNAVAILABLE' &&
    state !== 'UNREGISTERED'
  )
}

function same(some: readonly string[], others: readonly string[]): boolean {
  return new Set([...some, ...others]).size === new Set(some).size && new Set(some).size === new Set(others).size
}

function document({
  id,
  url,
  sourceTypes,
  transferTypes,
  destinationTypes,
}: DataPlaneInstance): Readonly<Record<string, unknown>> {
  const destinations = destinationTypes ?? transferTypes.map((type) => type.replace(/-(PULL|PUSH)(-.*)?$/, ''))
  return {
    '@context': { '@vocab': edcNamespace },
    '@type': 'DataPlaneInstance',
    '@id': id,
    url,
    allowedSourceTypes: sourceTypes,
    allowedTransferTypes: transferTypes,
    allowedDestTypes: [...new Set(destinations)],
  }
}
