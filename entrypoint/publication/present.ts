import type { PolicyDefinition } from '../../core/publication/connector-objects.ts'
import type { PlannedPolicy, Present } from '../../core/publication/plan.ts'
import { definitionId, markNames, policyPrefix } from '../../core/publication/vocabulary.ts'
import type { OfferApi } from '../connectors/offer-api.ts'

/**
 * Reads what a connector has of a publication.
 * @param also policies that matter besides those that the publication has
 */
export async function readPresent(
  api: OfferApi,
  assetId: string,
  also: readonly (PlannedPolicy | undefined)[] = [],
): Promise<Present> {
  const [asset, definition, own] = await Promise.all([
    api.asset(assetId),
    api.definition(definitionId(assetId)),
    api.policiesBelow(policyPrefix(assetId)),
  ])
  const policies = new Map(own.map((policy) => [policy.id, policy]))
  const named = [
    definition?.accessPolicyId,
    definition?.contractPolicyId,
    asset?.privateProperties[markNames.accessPolicy],
    asset?.privateProperties[markNames.contractPolicy],
    ...also.map((policy) => policy?.id),
  ]
  const others = new Set(named.filter((id) => typeof id === 'string').filter((id) => !policies.has(id)))
  const read = await Promise.all([...others].map((id) => api.policy(id)))
  for (const policy of read.filter((one): one is PolicyDefinition => one !== undefined)) policies.set(policy.id, policy)
  return { asset, definition, policies }
}
