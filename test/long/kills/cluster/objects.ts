import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { isObject, type Json, type JsonObject, objectAt, textAt } from '../../../../demo/simulated-connector/json.ts'

/** An object of the stand-in, as the API shows it. */
export interface ClusterObject {
  readonly resource: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** The whole object. Its parts are changed in place. */
  readonly whole: JsonObject
}

/** What happened to an object. */
export type Change = 'ADDED' | 'MODIFIED' | 'DELETED'

const metadataSchema = z.looseObject({
  name: z.string().min(1),
  labels: z.record(z.string(), z.string()).optional(),
  ownerReferences: z.array(z.looseObject({ uid: z.string() })).optional(),
})

/** The objects of a cluster, in memory, with versions and whoever watches them. */
export class Objects {
  readonly #objects = new Map<string, ClusterObject>()
  readonly #listeners = new Set<(object: ClusterObject, change: Change) => void>()
  #version = 1_000

  get version(): string {
    return String(this.#version)
  }

  /** @throws Error where it has no name, or labels that are none */
  create(resource: string, namespace: string, given: JsonObject, createdAt = Date.now()): ClusterObject | undefined {
    const metadata = metadataSchema.parse(given['metadata'])
    if (this.get(resource, namespace, metadata.name) !== undefined) return undefined
    const uid = randomUUID()
    const whole: JsonObject = structuredClone(given)
    whole['metadata'] = {
      ...objectAt(whole, 'metadata'),
      namespace,
      uid,
      creationTimestamp: seconds(createdAt),
      resourceVersion: '',
    }
    const object = { resource, namespace, name: metadata.name, uid, whole }
    this.#objects.set(keyOf(resource, namespace, metadata.name), object)
    this.changed(object, 'ADDED')
    return object
  }

  get(resource: string, namespace: string, name: string): ClusterObject | undefined {
    return this.#objects.get(keyOf(resource, namespace, name))
  }

  list(resource: string, namespace?: string): readonly ClusterObject[] {
    return [...this.#objects.values()].filter(
      (one) => one.resource === resource && (namespace === undefined || one.namespace === namespace),
    )
  }

  /** Every object that another one owns. */
  ownedBy(uid: string): readonly ClusterObject[] {
    return [...this.#objects.values()].filter(({ whole }) =>
      metadataSchema.parse(whole['metadata']).ownerReferences?.some((owner) => owner.uid === uid),
    )
  }

  /** Whether this very object still exists. */
  has(object: ClusterObject): boolean {
    return this.get(object.resource, object.namespace, object.name) === object
  }

  /** It was changed in place. */
  changed(object: ClusterObject, change: Change = 'MODIFIED'): void {
    this.#version += 1
    metadataOf(object)['resourceVersion'] = String(this.#version)
    for (const listener of this.#listeners) listener(object, change)
  }

  remove(object: ClusterObject): void {
    if (!this.has(object)) return
    this.#objects.delete(keyOf(object.resource, object.namespace, object.name))
    this.changed(object, 'DELETED')
  }

  listen(listener: (object: ClusterObject, change: Change) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** How many objects there are of a kind. */
  count(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {}
    for (const { resource } of this.#objects.values()) counts[resource] = (counts[resource] ?? 0) + 1
    return counts
  }
}

/** The object's metadata, to be changed in place. */
export function metadataOf({ whole }: ClusterObject): JsonObject {
  return objectAt(whole, 'metadata') ?? {}
}

/** Its labels. */
export function labelsOf(object: ClusterObject): Readonly<Record<string, string>> {
  return metadataSchema.parse(object.whole['metadata']).labels ?? {}
}

/** Whether it has the labels of a selector of equalities, the only form that the service uses. */
export function isSelected(object: ClusterObject, selector: string): boolean {
  const labels = labelsOf(object)
  return selector
    .split(',')
    .filter((part) => part !== '')
    .every((part) => {
      const at = part.indexOf('=')
      return at < 0 ? Object.hasOwn(labels, part) : labels[part.slice(0, at)] === part.slice(at + 1).replace(/^=/, '')
    })
}

/** A time as Kubernetes writes it. */
export function seconds(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}

/** Applies a JSON patch (RFC 6902: test, add, replace, remove). False where a `test` does not hold. */
export function patchJson(whole: JsonObject, operations: readonly Json[]): boolean {
  for (const operation of operations) {
    if (!isObject(operation)) return false
    const path = textAt(operation, 'path').split('/').slice(1).map(unescapePart)
    const last = path.pop() ?? ''
    let place: Json | undefined = whole
    for (const part of path) {
      if (!isObject(place)) return false
      place = place[part] ??= {}
    }
    if (!isObject(place)) return false
    const { op, value = null } = operation
    if (op === 'test' && JSON.stringify(place[last]) !== JSON.stringify(value)) return false
    if (op === 'remove') delete place[last]
    if (op === 'add' || op === 'replace') place[last] = value
  }
  return true
}

/** Merges a patch into an object (RFC 7386). */
export function mergeJson(whole: JsonObject, patch: JsonObject): void {
  for (const [key, value] of Object.entries(patch)) {
    const before = whole[key]
    if (value === null) delete whole[key]
    else if (isObject(value) && isObject(before)) mergeJson(before, value)
    else whole[key] = value
  }
}

function unescapePart(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}

function keyOf(resource: string, namespace: string, name: string): string {
  return `${resource}/${namespace}/${name}`
}
