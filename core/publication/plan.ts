import type { ErrorCode, Problem } from '../errors.ts'
import type {
  ConnectorAsset,
  ContractDefinition,
  DataplaneMetadata,
  ObjectKind,
  PolicyDefinition,
} from './connector-objects.ts'
import { type DecidedPolicy, decidePolicies } from './decide-policies.ts'
import type { OfferProperties } from './describe-offer.ts'
import { differences, type FieldChange } from './differences.ts'
import { isMarked } from './marks.ts'
import { type PolicyDocument, textAsRead } from './policy.ts'
import { assetSelector } from './selector.ts'
import { definitionId, isOfferName, manager, markNames, policyPrefix } from './vocabulary.ts'

/** A policy that was given, with the id it has or will have in the connector. */
export type PlannedPolicy =
  | { readonly kind: 'reference'; readonly id: string }
  | { readonly kind: 'own'; readonly id: string; readonly document: PolicyDocument }

/** What shall be in the connector. */
export interface Wanted {
  readonly assetId: string
  readonly properties: OfferProperties
  /** Absent where the connector needs none. */
  readonly dataAddress?: Readonly<Record<string, string>>
  /** Absent where the connector goes by the data address. */
  readonly dataplaneMetadata?: Pick<DataplaneMetadata, 'labels' | 'profiles'>
  /** `undefined` where nothing was said: what is there stays. */
  readonly accessPolicy: PlannedPolicy | undefined
  readonly contractPolicy: PlannedPolicy | undefined
  /** The policy without rules, which a first publication gets where nothing was said. */
  readonly openPolicy: PlannedPolicy & { readonly kind: 'own' }
  /** Whether objects under our ids that are not marked as ours may be taken over. */
  readonly adopt: boolean
}

/** What is in the connector. */
export interface Present {
  readonly asset: ConnectorAsset | undefined
  readonly definition: ContractDefinition | undefined
  /** Our policies for the asset and every other one that matters, by id. */
  readonly policies: ReadonlyMap<string, PolicyDefinition>
}

/** One write. They are made in order. */
export type Step =
  | {
      readonly object: 'asset'
      readonly action: 'create' | 'update'
      readonly asset: ConnectorAsset
      readonly fields: Changes
    }
  | {
      readonly object: 'policy'
      readonly action: 'create' | 'update'
      readonly policy: PolicyDefinition
      readonly fields: Changes
    }
  | { readonly object: 'policy'; readonly action: 'remove'; readonly id: string; readonly fields: Changes }
  | {
      readonly object: 'contract-definition'
      readonly action: 'create' | 'update'
      readonly definition: ContractDefinition
      readonly fields: Changes
    }
type Changes = readonly FieldChange[]

/** Why nothing may be written. */
export interface Blocked {
  readonly code: ErrorCode
  readonly message: string
  readonly problems?: readonly Problem[]
}

/** How to come from what is there to what is wanted. */
export interface PublicationPlan {
  readonly steps: readonly Step[]
  readonly access: DecidedPolicy
  readonly contract: DecidedPolicy
  readonly blocked: readonly Blocked[]
}

/**
 * The writes that make a publication what it shall be, in an order in which no participant ever sees half of it: asset, policies, then the
 * contract definition, which alone makes the asset visible; policies that nothing needs any more go last. No step: it is so already.
 * @param digest a text's digest, for noticing that a policy was edited
 */
export function planPublication(wanted: Wanted, present: Present, digest: (text: string) => string): PublicationPlan {
  const { access, contract, blocked } = decidePolicies(wanted, present, digest)
  const needed = new Map([access, contract].flatMap(({ write }) => (write === undefined ? [] : [[write.id, write]])))
  const steps = [
    ...assetSteps(wanted, present, access, contract),
    ...[...needed.values()].flatMap((policy) => policySteps(wanted, present.policies.get(policy.id), policy, digest)),
    ...definitionSteps(wanted, present, access, contract),
    ...leftOver(wanted, present, [access.id, contract.id]).map(
      (id): Step => ({ object: 'policy', action: 'remove', id, fields: [] }),
    ),
  ]
  return { steps, access, contract, blocked: [...foreign(wanted, present, [...needed.keys()]), ...blocked] }
}

/** Objects under our ids that somebody else made, as far as they would be written. */
function foreign(
  { adopt }: Wanted,
  { asset, definition, policies }: Present,
  writtenPolicies: readonly string[],
): readonly Blocked[] {
  if (adopt) return []
  const ours = [...policies.values()].filter(({ id }) => writtenPolicies.includes(id))
  const found: readonly (readonly [ObjectKind, ConnectorAsset | PolicyDefinition | ContractDefinition | undefined])[] =
    [['asset', asset], ['contract-definition', definition], ...ours.map((policy) => ['policy', policy] as const)]
  return found.flatMap(([kind, object]) =>
    object === undefined || isMarked(object.privateProperties) ? [] : [foreignObject(kind, object.id)],
  )
}

/** The reason not to touch an object that we did not make. */
export function foreignObject(kind: ObjectKind, id: string): Blocked {
  return {
    code: 'not-ours',
    message: `The connector has ${kind === 'asset' ? 'an asset' : `a ${kind.replace('-', ' ')}`} ${id} that was not published from here.`,
  }
}

function assetSteps(
  wanted: Wanted,
  { asset }: Present,
  access: DecidedPolicy,
  contract: DecidedPolicy,
): readonly Step[] {
  const others = Object.entries(asset?.properties ?? {}).filter(([name]) => !isOfferName(name) && name !== 'id')
  const next: ConnectorAsset = {
    id: wanted.assetId,
    properties: { ...Object.fromEntries(others), ...wanted.properties },
    privateProperties: {
      ...asset?.privateProperties,
      [markNames.managedBy]: manager,
      ...(access.id === null ? {} : { [markNames.accessPolicy]: access.id }),
      ...(contract.id === null ? {} : { [markNames.contractPolicy]: contract.id }),
    },
    dataAddress: wanted.dataAddress ?? asset?.dataAddress ?? {},
    ...metadataOf(wanted, asset),
  }
  const fields = differences(assetFields(asset), assetFields(next))
  return stepOf(asset, fields, (action) => ({ object: 'asset', action, asset: next, fields }))
}

/** Labels and profiles are ours to say; properties that others put there stay. */
function metadataOf(
  { dataplaneMetadata: wanted }: Wanted,
  asset: ConnectorAsset | undefined,
): Pick<ConnectorAsset, 'dataplaneMetadata'> {
  const present = asset?.dataplaneMetadata
  if (wanted !== undefined) return { dataplaneMetadata: { properties: {}, ...present, ...wanted } }
  return present === undefined ? {} : { dataplaneMetadata: present }
}

function assetFields(asset: ConnectorAsset | undefined): Readonly<Record<string, unknown>> {
  if (asset === undefined) return {}
  const { '@type': _, ...address } = asset.dataAddress
  const { id: __, ...properties } = asset.properties
  const { labels, profiles } = asset.dataplaneMetadata ?? {}
  return {
    ...properties,
    ...asset.privateProperties,
    ...prefixed('dataAddress', address),
    ...prefixed('dataplaneMetadata', { labels, profiles }),
  }
}

function prefixed(prefix: string, fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [`${prefix}.${name}`, value]))
}

function policySteps(
  { assetId }: Wanted,
  present: PolicyDefinition | undefined,
  wanted: { readonly id: string; readonly document: PolicyDocument },
  digest: (text: string) => string,
): readonly Step[] {
  const marks = { [markNames.managedBy]: manager, [markNames.asset]: assetId }
  const written = { id: wanted.id, policy: wanted.document, privateProperties: marks }
  if (present === undefined) {
    const fields = differences({}, { policy: JSON.stringify(wanted.document) })
    return [{ object: 'policy', action: 'create', policy: written, fields: fields }]
  }
  const asRead = digest(textAsRead(present.policy))
  const known = present.privateProperties[markNames.asRead]
  if (known === asRead && isMarked(present.privateProperties)) return []
  const edited = known !== undefined || !isMarked(present.privateProperties)
  // What was just written is read back once, and noted; what was edited since, or is taken over, is written anew and noted after that.
  const policy = edited ? written : { ...written, privateProperties: { ...marks, [markNames.asRead]: asRead } }
  const fields = edited
    ? differences({ policy: textAsRead(present.policy) }, { policy: JSON.stringify(wanted.document) })
    : differences({}, { [markNames.asRead]: asRead })
  return [{ object: 'policy', action: 'update', policy, fields }]
}

function definitionSteps(
  { assetId }: Wanted,
  { definition }: Present,
  access: DecidedPolicy,
  contract: DecidedPolicy,
): readonly Step[] {
  if (access.id === null || contract.id === null) return []
  const next: ContractDefinition = {
    id: definitionId(assetId),
    accessPolicyId: access.id,
    contractPolicyId: contract.id,
    selector: assetSelector(assetId),
    privateProperties: {
      ...definition?.privateProperties,
      [markNames.managedBy]: manager,
      [markNames.asset]: assetId,
    },
  }
  const fields = differences(definitionFields(definition), definitionFields(next))
  return stepOf(definition, fields, (action) => ({ object: 'contract-definition', action, definition: next, fields }))
}

function definitionFields(definition: ContractDefinition | undefined): Readonly<Record<string, unknown>> {
  if (definition === undefined) return {}
  const { accessPolicyId, contractPolicyId, selector, privateProperties } = definition
  const conditions = selector.map(({ operandLeft, operator, operandRight }) => ({
    operandLeft,
    operator,
    operandRight,
  }))
  return { accessPolicyId, contractPolicyId, assetsSelector: conditions, ...privateProperties }
}

function stepOf(present: unknown, fields: Changes, make: (action: 'create' | 'update') => Step): readonly Step[] {
  if (present === undefined) return [make('create')]
  return fields.length === 0 ? [] : [make('update')]
}

/** Our policies for the asset that nothing of the publication needs. */
export function leftOver(
  { assetId }: { readonly assetId: string },
  { policies }: Pick<Present, 'policies'>,
  needed: readonly (string | null)[],
): readonly string[] {
  return [...policies.values()].flatMap(({ id, privateProperties }) =>
    id.startsWith(policyPrefix(assetId)) && isMarked(privateProperties) && !needed.includes(id) ? [id] : [],
  )
}
