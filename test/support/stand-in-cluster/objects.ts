import { randomUUID } from 'node:crypto'
import { asObject, type Json, type JsonObject, objectAt, textAt } from '../../../demo/simulated-connector/json.ts'

/** What happened to an object, as a watch tells it. */
export interface ObjectEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  /** Kind of the object in the plural, such as `pods`. */
  readonly resource: string
  readonly version: number
  readonly object: JsonObject
}

/** An answer other than success, with Kubernetes' word for it. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly status: number
  readonly reason: string

  constructor(status: number, reason: string, message: string) {
    super(message)
    this.status = status
    this.reason = reason
  }
}

/** How many changes are remembered for whoever watches from an earlier version; a real one forgets them, too. */
const mostRemembered = 2_000

/** The objects of one namespace, with what happened to them lately. */
export class Objects {
  readonly #history: ObjectEvent[] = []
  readonly #byResource = new Map<string, Map<string, JsonObject>>()
  readonly #listeners = new Set<(event: ObjectEvent) => void>()
  #version = 1_000

  /** Of the last change. */
  get version(): number {
    return this.#version
  }

  /** What happened after a version. @throws Refused where that is forgotten in part */
  since(version: number): readonly ObjectEvent[] {
    const [first] = this.#history
    if (first !== undefined && version < first.version - 1)
      throw new Refused(410, 'Expired', `too old resource version: ${version} (${first.version})`)
    return this.#history.filter((event) => event.version > version)
  }

  /** Calls the listener at each change; gives how to stop that. */
  listen(listener: (event: ObjectEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  all(resource: string): readonly JsonObject[] {
    return [...(this.#byResource.get(resource)?.values() ?? [])]
  }

  /** Every object as `resource/name`. */
  names(): readonly string[] {
    return [...this.#byResource].flatMap(([resource, objects]) =>
      [...objects.keys()].map((name) => `${resource}/${name}`),
    )
  }

  find(resource: string, name: string): JsonObject | undefined {
    return this.#byResource.get(resource)?.get(name)
  }

  get(resource: string, name: string): JsonObject {
    const found = this.find(resource, name)
    if (found === undefined) throw new Refused(404, 'NotFound', `${resource} "${name}" not found`)
    return found
  }

  /** @throws Refused where the name is taken */
  create(resource: string, sent: JsonObject, createdAt = Date.now()): JsonObject {
    const name = nameOf(sent)
    if (this.find(resource, name) !== undefined)
      throw new Refused(409, 'AlreadyExists', `${resource} "${name}" already exists`)
    const metadata = { ...objectAt(sent, 'metadata'), uid: randomUUID(), creationTimestamp: seconds(createdAt) }
    const object: JsonObject = { ...sent, metadata }
    const objects = this.#byResource.get(resource) ?? new Map<string, JsonObject>()
    this.#byResource.set(resource, objects.set(name, object))
    this.#tell('ADDED', resource, object)
    return object
  }

  /** Changes an object in place. */
  change(resource: string, name: string, change: (object: JsonObject) => void): JsonObject {
    const object = this.get(resource, name)
    change(object)
    this.#tell('MODIFIED', resource, object)
    return object
  }

  /** Takes an object away, and whatever it owns but pods, which end first. */
  remove(resource: string, name: string): void {
    const object = this.find(resource, name)
    if (object === undefined) return
    this.removeAlone(resource, name)
    this.removeOwned(object)
  }

  /** Takes an object away, and leaves what it owns to the collector. */
  removeAlone(resource: string, name: string): void {
    const object = this.find(resource, name)
    if (object === undefined) return
    this.#byResource.get(resource)?.delete(name)
    this.#tell('DELETED', resource, object)
  }

  /** Takes away whatever an object owns but pods. */
  removeOwned(owner: JsonObject): void {
    const owned = [...this.#byResource].flatMap(([resource, objects]) =>
      [...objects.values()]
        .filter((one) => isOwnedBy(one, uidOf(owner)))
        .map((one) => [resource, nameOf(one)] as const),
    )
    for (const [resource, name] of owned) if (resource !== 'pods') this.remove(resource, name)
  }

  /** The objects of a kind that another one owns. */
  ownedBy(resource: string, owner: JsonObject): readonly JsonObject[] {
    return this.all(resource).filter((one) => isOwnedBy(one, uidOf(owner)))
  }

  #tell(type: ObjectEvent['type'], resource: string, object: JsonObject): void {
    this.#version += 1
    const metadata = asObject(object['metadata'])
    metadata['resourceVersion'] = String(this.#version)
    const event = { type, resource, version: this.#version, object: structuredClone(object) }
    this.#history.push(event)
    if (this.#history.length > 2 * mostRemembered) this.#history.splice(0, mostRemembered)
    for (const listener of this.#listeners) listener(event)
  }
}

/** A time as Kubernetes writes it: whole seconds. */
export function seconds(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`
}

/** Name of an object. */
export function nameOf(object: JsonObject): string {
  return textAt(objectAt(object, 'metadata'), 'name')
}

/** Its uid. */
export function uidOf(object: JsonObject): string {
  return textAt(objectAt(object, 'metadata'), 'uid')
}

/** Its labels. */
export function labelsOf(object: JsonObject): Readonly<Record<string, Json>> {
  return objectAt(objectAt(object, 'metadata'), 'labels') ?? {}
}

/** Whether somebody has asked for its removal. */
export function isGoing(object: JsonObject): boolean {
  return textAt(objectAt(object, 'metadata'), 'deletionTimestamp') !== ''
}

/** Uids of the objects that own it. */
export function ownersOf(object: JsonObject): readonly string[] {
  const owners = objectAt(object, 'metadata')?.['ownerReferences']
  return Array.isArray(owners) ? owners.map((owner) => textAt(owner, 'uid')) : []
}

function isOwnedBy(object: JsonObject, uid: string): boolean {
  return ownersOf(object).includes(uid)
}
