import { ServiceError } from '../../core/errors.ts'
import type { ObjectKind } from '../../core/publication/connector-objects.ts'
import { isMarked } from '../../core/publication/marks.ts'
import { foreignObject, leftOver, type Present } from '../../core/publication/plan.ts'
import { definitionId } from '../../core/publication/vocabulary.ts'
import type { OfferApi, OfferKind } from '../connectors/offer-api.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { otherOffers } from './other-offers.ts'
import type { PublicationParts } from './parts.ts'
import { readPresent } from './present.ts'
import { connectorOf, refusal } from './publication.ts'
import type { PublicationRequest } from './request.ts'

/** An object of a publication. */
export interface NamedObject {
  readonly object: ObjectKind
  readonly id: string
}

/** What became of a publication that was taken away. */
export interface Unpublication {
  readonly removed: readonly NamedObject[]
  /** What the connector still needs, in its own words. */
  readonly kept: readonly (NamedObject & { readonly reason: string })[]
  /** Contract definitions of others that go on offering the asset. */
  readonly otherOffers: readonly string[]
}

/**
 * Takes an asset out of the connector's catalogue: the contract definition first, so that it is gone at once, then policies and the asset
 * where nothing needs them any more. EDC keeps an asset for good once there is an agreement for it. May be repeated.
 * @throws ServiceError where neither we nor the connector know the asset, or something in the connector is not ours
 */
export async function unpublish(
  parts: PublicationParts,
  { assetId, connectorId, adopt = false }: PublicationRequest,
): Promise<Unpublication> {
  const { api } = connectorOf(parts, connectorId)
  return oneAtATime(`${connectorId}/${assetId}`, async () => {
    const present = await readPresent(api, assetId)
    await refuseWrong(parts, assetId, present, adopt)
    const removed: NamedObject[] = []
    const kept: (NamedObject & { readonly reason: string })[] = []
    for (const { object, id } of objectsOf(assetId, present)) {
      const removal = await api.remove(paths[object], id)
      if (removal.outcome === 'removed') removed.push({ object, id })
      if (removal.outcome === 'kept') kept.push({ object, id, reason: removal.reason })
    }
    const names = (list: readonly NamedObject[]): readonly string[] => list.map(({ object, id }) => `${object} ${id}`)
    parts.logger.info('unpublished', { assetId, connectorId, removed: names(removed), kept: names(kept) })
    return { removed, kept, otherOffers: await offersLeft(api, assetId) }
  })
}

const paths: Readonly<Record<ObjectKind, OfferKind>> = {
  asset: 'assets',
  policy: 'policydefinitions',
  'contract-definition': 'contractdefinitions',
}

/** What is to go, the visible first. */
function objectsOf(assetId: string, present: Present): readonly NamedObject[] {
  return [
    ...(present.definition === undefined
      ? []
      : [{ object: 'contract-definition', id: definitionId(assetId) } as const]),
    ...leftOver({ assetId }, present, []).map((id) => ({ object: 'policy', id }) as const),
    ...(present.asset === undefined ? [] : [{ object: 'asset', id: assetId } as const]),
  ]
}

async function refuseWrong(
  parts: PublicationParts,
  assetId: string,
  { asset, definition, policies }: Present,
  adopt: boolean,
): Promise<void> {
  const nothing = asset === undefined && definition === undefined && policies.size === 0
  if (nothing && (await parts.versions(assetId)).length === 0)
    throw new ServiceError(
      'asset-unknown',
      `Neither this service nor the connector knows an asset ${JSON.stringify(assetId)}.`,
    )
  const blocked = [
    ...(asset === undefined || isMarked(asset.privateProperties) ? [] : [foreignObject('asset', asset.id)]),
    ...(definition === undefined || isMarked(definition.privateProperties)
      ? []
      : [foreignObject('contract-definition', definition.id)]),
  ]
  if (blocked.length > 0 && !adopt) throw refusal(blocked)
}

/** Who else offers the asset, where it is still there. */
async function offersLeft(api: OfferApi, assetId: string): Promise<readonly string[]> {
  const asset = await api.asset(assetId)
  return asset === undefined ? [] : otherOffers(api, assetId, asset.properties)
}
