import { edcNamespace } from '../messages/data-address.ts'

/** Namespace of data addresses in EDC 0.6 to 0.15. */
export const dspace08 = 'https://w3id.org/dspace/v0.8/'
/** Namespace of data addresses in EDC 0.16 to 0.18. */
export const dspace2025 = 'https://w3id.org/dspace/2025/1/'

/** Namespaces whose names are read by their last part alone. */
const known = [edcNamespace, dspace08, dspace2025, 'https://w3id.org/dspace/2024/1/']

/** What prefixes mean where a document's context does not say, or lies elsewhere: contexts are never fetched. */
const usualPrefixes: Readonly<Record<string, string>> = { edc: edcNamespace, dspace: dspace08 }

/** What a document's `@context` says of its names. */
export interface Context {
  /** Put before names without a prefix. */
  readonly vocabulary: string
  /** Prefixes and terms with what they stand for. */
  readonly terms: Readonly<Record<string, string>>
}

/** The context of a document that has none. */
export const usualContext: Context = { vocabulary: edcNamespace, terms: usualPrefixes }

/** The context inside an object with this `@context`: its own entries before those around it. Addresses of contexts are passed over. */
export function innerContext(outer: Context, declared: unknown): Context {
  let { vocabulary, terms } = outer
  for (const one of Array.isArray(declared) ? declared : [declared]) {
    if (typeof one !== 'object' || one === null) continue
    for (const [name, meaning] of Object.entries(one)) {
      const iri = iriOf(meaning)
      if (iri === undefined) continue
      if (name === '@vocab') vocabulary = iri
      else if (!name.startsWith('@')) terms = { ...terms, [name]: iri }
    }
  }
  return { vocabulary, terms }
}

/**
 * A name as it is looked up here: the last part of a name in a known namespace, the full IRI of every other.
 * `processId`, `edc:processId` and `https://w3id.org/edc/v0.0.1/ns/processId` are all `processId`.
 */
export function shortName(name: string, { vocabulary, terms }: Context): string {
  const iri = expanded(name, vocabulary, terms)
  const namespace = known.find((one) => iri.startsWith(one) && iri.length > one.length)
  return namespace === undefined ? iri : iri.slice(namespace.length)
}

/** A property's name as EDC keeps it: with its namespace, unless it is an IRI of its own. Plain names are lost on the way to the consumer. */
export function edcName(name: string): string {
  return name.includes('://') || name.startsWith('urn:') ? name : edcNamespace + name
}

function expanded(name: string, vocabulary: string, terms: Readonly<Record<string, string>>): string {
  const term = own(terms, name)
  if (term !== undefined) return term
  const colon = name.indexOf(':')
  if (colon === -1) return vocabulary + name
  const namespace = own(terms, name.slice(0, colon))
  return namespace === undefined || name.startsWith('//', colon + 1) ? name : namespace + name.slice(colon + 1)
}

function own(terms: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(terms, name) ? terms[name] : undefined
}

/** What a context's entry stands for: itself, or the `@id` of its definition. */
function iriOf(meaning: unknown): string | undefined {
  if (typeof meaning === 'string') return meaning
  if (typeof meaning !== 'object' || meaning === null || !('@id' in meaning)) return undefined
  return typeof meaning['@id'] === 'string' ? meaning['@id'] : undefined
}
