import type { Step } from '../../core/publication/plan.ts'
import type { OfferApi } from '../connectors/offer-api.ts'

/**
 * Makes one write.
 * @returns `stale` where the connector has something else than was read before: read again
 */
export async function writeStep(api: OfferApi, step: Step): Promise<'saved' | 'stale'> {
  switch (step.object) {
    case 'asset':
      return api.saveAsset(step.action, step.asset)
    case 'contract-definition':
      return api.saveDefinition(step.action, step.definition)
    case 'policy':
      if (step.action !== 'remove') return api.savePolicy(step.action, step.policy)
      // One that another contract definition uses by now stays, and does no harm.
      await api.remove('policydefinitions', step.id)
      return 'saved'
  }
}
