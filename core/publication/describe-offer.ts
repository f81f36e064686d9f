import type { ComputeAsset } from '../asset/schema.ts'
import type { OfferAccess } from './access.ts'
import { usageOf } from './usage.ts'
import { transferExample } from './transfer-example.ts'
import { offerNames } from './vocabulary.ts'

/** Properties of an asset in the connector. */
export type OfferProperties = Readonly<Record<string, string | readonly string[]>>

/**
 * What a consumer reads about a compute asset in the catalogue. Structured values are JSON text: nested JSON does not survive a
 * connector (EDC 0.10.0 makes a scalar of a list with one element, and loses `@json` values), text does. What concerns only
 * the provider is left out: image, environment, secrets, where inputs come from, placement.
 */
export function describeOffer(asset: ComputeAsset, access: OfferAccess): OfferProperties {
  const { metadata, parameters, inputs, outputs, resources } = asset
  const [only, ...others] = outputs
  const contentType = others.length === 0 && only?.kind === 'file' ? only.mediaType : undefined
  return {
    [offerNames.kind]: 'ComputeAsset',
    [offerNames.name]: metadata.title,
    [offerNames.title]: metadata.title,
    [offerNames.version]: metadata.version,
    ...(metadata.description === ''
      ? {}
      : { [offerNames.description]: metadata.description, [offerNames.abstract]: metadata.description }),
    ...(contentType === undefined ? {} : { [offerNames.contentType]: contentType }),
    ...(metadata.keywords.length === 0 ? {} : { [offerNames.keyword]: [...new Set(metadata.keywords)] }),
    [offerNames.usage]: usageOf(asset, access),
    [offerNames.parameters]: JSON.stringify(schemaOf(parameters)),
    [offerNames.transferExample]: JSON.stringify(transferExample(parameters, access)),
    [offerNames.inputs]: JSON.stringify(inputs.map(({ name, kind }) => ({ name, kind, providedBy: 'provider' }))),
    [offerNames.outputs]: JSON.stringify(
      outputs.map(({ name, kind, required, mediaType }) => ({
        name,
        kind,
        required,
        ...(mediaType === undefined ? {} : { mediaType }),
      })),
    ),
    [offerNames.resources]: JSON.stringify(resources),
    [offerNames.limits]: JSON.stringify(limitsOf(asset)),
  }
}

/** The parameters as a schema that stands alone: undeclared ones are refused here whatever the asset's own schema says. */
function schemaOf(parameters: ComputeAsset['parameters']): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {},
    ...parameters,
    additionalProperties: false,
  }
}

/** Times in seconds, sizes in bytes: the units stand in the names. */
function limitsOf({ limits, retention, onFailure }: ComputeAsset): object {
  return {
    timeoutSeconds: limits.timeout / 1000,
    startTimeoutSeconds: limits.startTimeout / 1000,
    outputBytes: limits.outputBytes,
    concurrentJobs: limits.concurrentJobs,
    jobsPerAgreement: limits.jobsPerAgreement,
    retries: limits.retries,
    retentionSeconds: retention / 1000,
    onFailure,
  }
}
