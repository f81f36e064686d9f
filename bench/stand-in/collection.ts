import type { JsonObject } from '../../demo/simulated-connector/json.ts'
import { objectAt } from '../../demo/simulated-connector/json.ts'
import type { StandInObject } from './objects.ts'

/** What is asked of a collection. */
export interface Query {
  readonly labelSelector: string
  readonly limit: number
  readonly from: string
  /** Only `metadata`, as `Accept: application/json;as=PartialObjectMetadata…` asks. */
  readonly metadataOnly: boolean
}

/** Objects of one kind. */
export class Collection {
  readonly kind: string
  readonly apiVersion: string
  readonly all: StandInObject[] = []
  readonly #byJob = new Map<string, StandInObject[]>()
  readonly #byName = new Map<string, StandInObject>()

  constructor(kind: string, apiVersion: string) {
    this.kind = kind
    this.apiVersion = apiVersion
  }

  add(object: StandInObject): void {
    this.all.push(object)
    this.#byName.set(object.name, object)
    const job = object.labels[jobLabel] ?? ''
    this.#byJob.set(job, [...(this.#byJob.get(job) ?? []), object])
  }

  get(name: string): StandInObject | undefined {
    return this.#byName.get(name)
  }

  /** A page of the list, with the token of the next one where there is one. */
  page({ labelSelector, limit, from, metadataOnly }: Query, version: number): JsonObject {
    const wanted = selectorOf(labelSelector)
    const found = (this.#byJob.get(wanted.get(jobLabel) ?? '') ?? this.all).filter(({ labels }) =>
      matches(labels, wanted),
    )
    const begin = Number(from || 0)
    const end = limit === 0 ? found.length : begin + limit
    const items = found
      .slice(begin, end)
      .map(({ whole }) => (metadataOnly ? { metadata: whole['metadata'] ?? null } : whole))
    return {
      kind: metadataOnly ? 'PartialObjectMetadataList' : `${this.kind}List`,
      apiVersion: metadataOnly ? 'meta.k8s.io/v1' : this.apiVersion,
      metadata: { resourceVersion: String(version), ...(end < found.length ? { continue: String(end) } : {}) },
      items,
    }
  }

  /** An object as a watch of metadata shows it. */
  metadataOf({ whole }: StandInObject): JsonObject {
    const metadata = objectAt(whole, 'metadata') ?? {}
    return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata }
  }
}

const jobLabel = 'dataspace-compute/job'

/** A selector of equalities: the only form that the service uses. */
function selectorOf(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(',').filter((part) => part !== '')
  return new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
}

/** Whether labels fit a selector. */
function matches(labels: Readonly<Record<string, string>>, wanted: ReadonlyMap<string, string>): boolean {
  return [...wanted].every(([name, value]) => labels[name] === value)
}
