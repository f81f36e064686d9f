/**
 * What names of ours begin with in a connector: in properties that consumers read, and in marks that only the provider sees. A URN
 * as in the codes of our errors. It has no dots, so a catalogue can be filtered by such a property (seen on EDC 0.10.0).
 */
const publicationNamespace = 'urn:dataspace-compute:'

/** Properties of an asset in the connector that say what is offered. Names as the connector answers them: full where they are not EDC's own. */
export const offerNames = {
  name: 'name',
  description: 'description',
  version: 'version',
  contentType: 'contenttype',
  title: 'http://purl.org/dc/terms/title',
  abstract: 'http://purl.org/dc/terms/description',
  keyword: 'http://www.w3.org/ns/dcat#keyword',
  kind: `${publicationNamespace}kind`,
  usage: `${publicationNamespace}usage`,
  parameters: `${publicationNamespace}parameters`,
  transferExample: `${publicationNamespace}transferExample`,
  inputs: `${publicationNamespace}inputs`,
  outputs: `${publicationNamespace}outputs`,
  resources: `${publicationNamespace}resources`,
  limits: `${publicationNamespace}limits`,
} as const

/** Marks in the private properties of what we write: consumers never see them, and they survive (seen on EDC 0.10.0). */
export const markNames = {
  /** `dataspace-compute` on everything of ours. */
  managedBy: `${publicationNamespace}managedBy`,
  /** On policies and contract definitions: the asset they are for. */
  asset: `${publicationNamespace}asset`,
  /** On the asset: the policies it was published under, so that it is never opened by their loss. */
  accessPolicy: `${publicationNamespace}accessPolicy`,
  contractPolicy: `${publicationNamespace}contractPolicy`,
  /** On a policy: digest of what the connector answered after it was written; another one means that somebody edited it. */
  asRead: `${publicationNamespace}asRead`,
} as const

/** Value of the mark `managedBy`. */
export const manager = 'dataspace-compute'

/** Whether a property of an asset in the connector is one that we write; all others are left as they are. */
export function isOfferName(name: string): boolean {
  return name.startsWith(publicationNamespace) || Object.values<string>(offerNames).includes(name)
}

/** Id of our contract definition for an asset. Asset ids have no colon, so no two of them share one. */
export function definitionId(assetId: string): string {
  return `${assetId}:offer`
}

/** What ids of our policy definitions for an asset begin with; the digest of the policy follows. */
export function policyPrefix(assetId: string): string {
  return `${assetId}:policy:`
}
