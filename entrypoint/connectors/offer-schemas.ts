import { z } from 'zod'
import type { ConnectorAsset, ContractDefinition, PolicyDefinition } from '../../core/publication/connector-objects.ts'

/**
 * Prefixes in the names of properties that EDC 0.18 answers, in versions 3 and 4. Sent back to version 3, where nothing explains them, they
 * would stay as they are, beside the full names: from then on lists of assets are answered 500 (seen on 0.18.0).
 */
const prefixes: Readonly<Record<string, string>> = {
  dcat: 'http://www.w3.org/ns/dcat#',
  dct: 'http://purl.org/dc/terms/',
}

function fullName(name: string): string {
  const [prefix = '', rest] = name.split(/:(.*)/s)
  return rest !== undefined && Object.hasOwn(prefixes, prefix) ? `${prefixes[prefix]}${rest}` : name
}

const record = z.record(z.string(), z.unknown())
const properties = record
  .default({})
  .transform((named) => Object.fromEntries(Object.entries(named).map(([name, value]) => [fullName(name), value])))
/** Version 3 answers a list of one without its list, both leave out an empty one. */
const texts = z.union([z.array(z.string()), z.string().transform((one) => [one])]).default([])
const metadataSchema = z.looseObject({ labels: texts, profiles: texts, properties: record.default({}) })

/** An asset as a Management API answers it. */
export const assetSchema = z
  .looseObject({
    '@id': z.string(),
    properties,
    privateProperties: properties,
    dataAddress: record.default({}),
    dataplaneMetadata: metadataSchema.optional(),
  })
  .transform(({ '@id': id, dataplaneMetadata: metadata, ...rest }): ConnectorAsset => {
    const asset = {
      id,
      properties: rest.properties,
      privateProperties: rest.privateProperties,
      dataAddress: rest.dataAddress,
    }
    if (metadata === undefined) return asset
    const { labels, profiles } = metadata
    return { ...asset, dataplaneMetadata: { labels, profiles, properties: metadata.properties } }
  })

/** A policy definition as a Management API answers it. */
export const policySchema = z
  .looseObject({ '@id': z.string(), policy: record, privateProperties: record.default({}) })
  .transform(({ '@id': id, policy, privateProperties }): PolicyDefinition => ({ id, policy, privateProperties }))

const criterionSchema = z.looseObject({ operandLeft: z.string(), operator: z.string(), operandRight: z.unknown() })

/** A contract definition as a Management API answers it. */
export const definitionSchema = z
  .looseObject({
    '@id': z.string(),
    accessPolicyId: z.string(),
    contractPolicyId: z.string(),
    // Version 3 answers a list of one without its list, and an absent one as an empty list.
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
