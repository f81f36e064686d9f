import { type JsonObject, objectAt } from '../../../demo/simulated-connector/json.ts'
import { labelsOf } from './objects.ts'

/** Whether an object's labels fit a selector of equalities and of names that must be there. */
export function matches(object: JsonObject, selector: string): boolean {
  const labels = labelsOf(object)
  return selector
    .split(',')
    .filter((part) => part !== '')
    .every((part) => {
      const [name = '', value] = part.split('=')
      return value === undefined ? name in labels : labels[name] === value
    })
}

/** An object as whoever asks for `PartialObjectMetadata` gets it. */
export function metadataOnly(object: JsonObject): JsonObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: objectAt(object, 'metadata') ?? {} }
}
