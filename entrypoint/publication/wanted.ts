import { ServiceError } from '../../core/errors.ts'
import type { RegisteredAsset } from '../../core/job/plan.ts'
import { describeOffer } from '../../core/publication/describe-offer.ts'
import type { PlannedPolicy, Wanted } from '../../core/publication/plan.ts'
import { type GivenPolicy, openPolicy, type PolicyDocument, readPolicy } from '../../core/publication/policy.ts'
import { policyPrefix } from '../../core/publication/vocabulary.ts'
import { accessOf } from './access-of.ts'
import { digestOf } from './digest.ts'
import type { PublicationParts, PublishingConnector } from './parts.ts'
import type { PublicationRequest } from './request.ts'

/** What shall be in the connector, with the versions it is about. */
export interface WantedPublication {
  readonly wanted: Wanted
  readonly version: string
  /** The version that new transfers get, whichever one is described in the catalogue; `null` while the asset is paused. */
  readonly newestVersion: string | null
}

/** Characters of a policy's digest in its id: 64 bits tell the policies of one asset apart. */
const digestLength = 16

/**
 * Makes of a request what shall be in the connector.
 * @throws ServiceError `asset-unknown`, `invalid-policy`, `not-handed-over`
 */
export async function wantedPublication(
  parts: PublicationParts,
  connector: PublishingConnector,
  request: PublicationRequest,
): Promise<WantedPublication> {
  const { assetId } = request
  const { dataAddressType, dataPlane } = connector
  const newest = await parts.newest(assetId)
  const { asset } = await assetOf(parts, request, newest)
  const access = accessOf(connector, asset, request.connectorId)
  const policy = (document: PolicyDocument | undefined, where: string): PlannedPolicy | undefined =>
    document === undefined ? undefined : planned(assetId, readPolicy(document, where))
  return {
    version: asset.metadata.version,
    newestVersion: newest?.asset.metadata.version ?? null,
    wanted: {
      assetId,
      properties: describeOffer(asset, access),
      ...(dataAddressType === undefined
        ? {}
        : { dataAddress: { type: dataAddressType, name: assetId, baseUrl: parts.publicUrl() } }),
      ...(dataPlane?.form === 'plain'
        ? {
            dataplaneMetadata: {
              labels: dataPlane.labels,
              profiles: access.transfers.map(({ transferType }) => transferType),
            },
          }
        : {}),
      accessPolicy: policy(request.accessPolicy, 'accessPolicy'),
      contractPolicy: policy(request.contractPolicy, 'contractPolicy'),
      openPolicy: planned(assetId, openPolicy),
      adopt: request.adopt === true,
    },
  }
}

function planned<P extends GivenPolicy>(assetId: string, policy: P): P & { readonly id: string } {
  return policy.kind === 'reference'
    ? { ...policy, id: policy.id }
    : { ...policy, id: policyPrefix(assetId) + digestOf(policy.text).slice(0, digestLength) }
}

async function assetOf(
  parts: PublicationParts,
  { assetId, version }: PublicationRequest,
  newest: RegisteredAsset | undefined,
): Promise<RegisteredAsset> {
  const versions = await parts.versions(assetId)
  if (versions.length === 0)
    throw new ServiceError('asset-unknown', `No compute asset ${JSON.stringify(assetId)} is registered.`)
  if (version === undefined) {
    if (newest !== undefined) return newest
    throw new ServiceError('asset-unknown', `Every version of ${assetId} is paused; resume it, or name a version.`)
  }
  const found = versions.some((one) => one.version === version) ? await parts.version(assetId, version) : undefined
  if (found === undefined) throw new ServiceError('asset-unknown', `There is no version ${version} of ${assetId}.`)
  return found
}
