import { z } from 'zod'
import type { ConnectorAsset, ContractDefinition, PolicyDefinition } from '../../core/publication/connector-objects.ts'
import { httpClient } from './http.ts'
import { edcNamespace } from './management-api.ts'
import { type OfferCalls, offerCalls } from './offer-calls.ts'

/** Kinds of objects that an offer consists of, by their path in the Management API. */
export type OfferKind = 'assets' | 'policydefinitions' | 'contractdefinitions'

/** What became of a removal. */
export type Removal =
  | { readonly outcome: 'removed' }
  /** It was not there. */
  | { readonly outcome: 'absent' }
  /** The connector still needs it; in its own words. */
  | { readonly outcome: 'kept'; readonly reason: string }

/**
 * The part of a connector's Management API (v3) by which an offer is made. Every method throws a ServiceError that says what to mend
 * where the connector is away, refuses the key or the object, or answers something else; never with the key in it.
 */
export interface OfferApi {
  asset(id: string): Promise<ConnectorAsset | undefined>
  policy(id: string): Promise<PolicyDefinition | undefined>
  definition(id: string): Promise<ContractDefinition | undefined>
  /** Every policy definition whose id begins so. */
  policiesBelow(prefix: string): Promise<readonly PolicyDefinition[]>
  /** Every contract definition of the connector. */
  definitions(): Promise<readonly ContractDefinition[]>
  /**
   * Creates or replaces an object as a whole: what a replacement leaves out is gone, private properties included (seen on EDC 0.10.0).
   * `stale`: it is there already, or not there any more.
   */
  saveAsset(action: SaveAction, asset: ConnectorAsset): Promise<Saved>
  savePolicy(action: SaveAction, policy: PolicyDefinition): Promise<Saved>
  saveDefinition(action: SaveAction, definition: ContractDefinition): Promise<Saved>
  remove(kind: OfferKind, id: string): Promise<Removal>
}
type SaveAction = 'create' | 'update'
type Saved = 'saved' | 'stale'

const record = z.record(z.string(), z.unknown())
const assetSchema = z
  .looseObject({
    '@id': z.string(),
    properties: record.default({}),
    privateProperties: record.default({}),
    dataAddress: record.default({}),
  })
  .transform(({ '@id': id, properties, privateProperties, dataAddress }): ConnectorAsset => {
    return { id, properties, privateProperties, dataAddress }
  })
const policySchema = z
  .looseObject({ '@id': z.string(), policy: record, privateProperties: record.default({}) })
  .transform(({ '@id': id, policy, privateProperties }): PolicyDefinition => ({ id, policy, privateProperties }))
const criterionSchema = z.looseObject({ operandLeft: z.string(), operator: z.string(), operandRight: z.unknown() })
const definitionSchema = z
  .looseObject({
    '@id': z.string(),
    accessPolicyId: z.string(),
    contractPolicyId: z.string(),
    // A list of one is answered without its list, an absent one as an empty list.
    assetsSelector: z.union([z.array(criterionSchema), criterionSchema.transform((one) => [one])]).default([]),
    privateProperties: record.default({}),
  })
  .transform(
    ({
      '@id': id,
      accessPolicyId,
      contractPolicyId,
      assetsSelector: selector,
      privateProperties,
    }): ContractDefinition => {
      return { id, accessPolicyId, contractPolicyId, selector, privateProperties }
    },
  )

/** The short names under which the connector answers, so that what was read can be sent back. */
const context = { '@vocab': edcNamespace, edc: edcNamespace, odrl: 'http://www.w3.org/ns/odrl/2/' }

/** How many objects one page of a list has. */
const pageSize = 500

/** The offers of a connector, at its configured address, with its key. */
export function offerApi(settings: {
  readonly id: string
  readonly managementUrl: string
  readonly apiKey: string
}): OfferApi {
  const calls = offerCalls(settings, httpClient(settings.managementUrl, { 'x-api-key': settings.apiKey }))
  return {
    asset: (id) => calls.read(pathOf('assets', id), assetSchema),
    policy: (id) => calls.read(pathOf('policydefinitions', id), policySchema),
    definition: (id) => calls.read(pathOf('contractdefinitions', id), definitionSchema),
    policiesBelow: (prefix) => {
      const filter = [{ '@type': 'Criterion', operandLeft: 'id', operator: 'like', operandRight: `${prefix}%` }]
      return list(calls, 'policydefinitions', policySchema, filter)
    },
    definitions: () => list(calls, 'contractdefinitions', definitionSchema, []),
    saveAsset: (action, { id, properties, privateProperties, dataAddress }) =>
      calls.save('/v3/assets', action, {
        '@context': context,
        '@id': id,
        '@type': 'Asset',
        properties,
        privateProperties,
        dataAddress: { '@type': 'DataAddress', ...dataAddress },
      }),
    savePolicy: (action, { id, policy, privateProperties }) => {
      const body = { '@context': context, '@id': id, '@type': 'PolicyDefinition', policy, privateProperties }
      const path = action === 'create' ? '/v3/policydefinitions' : pathOf('policydefinitions', id)
      return calls.save(path, action, body)
    },
    saveDefinition: (action, { id, accessPolicyId, contractPolicyId, selector, privateProperties }) =>
      calls.save('/v3/contractdefinitions', action, {
        '@context': context,
        '@id': id,
        '@type': 'ContractDefinition',
        accessPolicyId,
        contractPolicyId,
        assetsSelector: selector.map((criterion) => ({ '@type': 'Criterion', ...criterion })),
        privateProperties,
      }),
    remove: (kind, id) => calls.remove(pathOf(kind, id)),
  }
}

function pathOf(kind: OfferKind, id: string): string {
  return `/v3/${kind}/${encodeURIComponent(id)}`
}

async function list<T>(
  calls: OfferCalls,
  kind: OfferKind,
  schema: z.ZodType<T>,
  filterExpression: readonly object[],
): Promise<readonly T[]> {
  const found: T[] = []
  for (;;) {
    const page = await calls.query(
      `/v3/${kind}/request`,
      { '@context': context, '@type': 'QuerySpec', offset: found.length, limit: pageSize, filterExpression },
      z.array(schema),
    )
    found.push(...page)
    if (page.length < pageSize) return found
  }
}
