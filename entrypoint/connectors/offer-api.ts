import { z } from 'zod'
import type { ConnectorAsset, ContractDefinition, PolicyDefinition } from '../../core/publication/connector-objects.ts'
import { keyedClient, type ManagementKey } from './keyed-client.ts'
import { edcNamespace, managementContexts, type ManagementVersion } from './management-api.ts'
import { offerCalls } from './offer-calls.ts'
import { assetSchema, definitionSchema, policySchema } from './offer-schemas.ts'

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
 * The part of a connector's Management API by which an offer is made. Every method throws a ServiceError that says what to mend
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

/** The short names under which a connector answers policies and others' properties, so that what was read can be sent back. */
const contexts = {
  ...managementContexts,
  v3: { ...managementContexts.v3, edc: edcNamespace, odrl: 'http://www.w3.org/ns/odrl/2/' },
} as const

/** How many objects one page of a list has. */
const pageSize = 500

/** The offers of a connector, at its configured address, with its key. */
export function offerApi(
  settings: ManagementKey & {
    readonly id: string
    readonly managementUrl: string
    /** @default v3 */
    readonly version?: ManagementVersion
  },
): OfferApi {
  const { version = 'v3' } = settings
  const context = contexts[version]
  const pathOf = (kind: OfferKind, id: string): string => `/${version}/${kind}/${encodeURIComponent(id)}`
  const calls = offerCalls(settings, keyedClient(settings.managementUrl, settings))
  const list = async <T>(
    kind: OfferKind,
    schema: z.ZodType<T>,
    filterExpression: readonly object[],
  ): Promise<readonly T[]> => {
    const found: T[] = []
    for (;;) {
      const page = await calls.query(
        `/${version}/${kind}/request`,
        { '@context': context, '@type': 'QuerySpec', offset: found.length, limit: pageSize, filterExpression },
        z.array(schema),
      )
      found.push(...page)
      if (page.length < pageSize) return found
    }
  }
  return {
    asset: (id) => calls.read(pathOf('assets', id), assetSchema),
    policy: (id) => calls.read(pathOf('policydefinitions', id), policySchema),
    definition: (id) => calls.read(pathOf('contractdefinitions', id), definitionSchema),
    policiesBelow: (prefix) => {
      const filter = [{ '@type': 'Criterion', operandLeft: 'id', operator: 'like', operandRight: `${prefix}%` }]
      return list('policydefinitions', policySchema, filter)
    },
    definitions: () => list('contractdefinitions', definitionSchema, []),
    saveAsset: (action, { id, properties, privateProperties, dataAddress, dataplaneMetadata }) =>
      calls.save(`/${version}/assets`, action, {
        '@context': context,
        '@id': id,
        '@type': 'Asset',
        properties,
        privateProperties,
        ...(Object.keys(dataAddress).length === 0 ? {} : { dataAddress: { '@type': 'DataAddress', ...dataAddress } }),
        ...(dataplaneMetadata === undefined
          ? {}
          : { dataplaneMetadata: { '@type': 'DataplaneMetadata', ...dataplaneMetadata } }),
      }),
    savePolicy: (action, { id, policy, privateProperties }) => {
      const body = { '@context': context, '@id': id, '@type': 'PolicyDefinition', policy, privateProperties }
      const path = action === 'create' ? `/${version}/policydefinitions` : pathOf('policydefinitions', id)
      return calls.save(path, action, body)
    },
    saveDefinition: (action, { id, accessPolicyId, contractPolicyId, selector, privateProperties }) =>
      calls.save(`/${version}/contractdefinitions`, action, {
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
