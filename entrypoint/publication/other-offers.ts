import { selects } from '../../core/publication/selector.ts'
import { definitionId } from '../../core/publication/vocabulary.ts'
import type { OfferApi } from '../connectors/offer-api.ts'

/**
 * Contract definitions that offer the asset besides ours, as far as can be told: their policies hold, too, and taking ours away does not
 * take the asset out of the catalogue.
 */
export async function otherOffers(
  api: OfferApi,
  assetId: string,
  properties: Readonly<Record<string, unknown>>,
): Promise<readonly string[]> {
  const definitions = await api.definitions()
  return definitions
    .filter(({ id, selector }) => id !== definitionId(assetId) && selects(selector, assetId, properties))
    .map(({ id }) => id)
    .toSorted()
}
