import type { ByteRange, ObjectStore } from '../../core/ports/object-store.ts'
import type { Body } from './send-body.ts'

/** A connection that had rested for a while may be closed by the store in the moment in which it is used again. */
const closedConnection: readonly unknown[] = ['ECONNRESET', 'EPIPE']

/**
 * Opens an object of a result, once more where the store closed the connection without an answer.
 * @throws where the object is missing, or the store cannot be read
 */
export async function openObject(objects: ObjectStore, key: string, range?: ByteRange): Promise<Body> {
  const body = await objects.open(key, range).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && closedConnection.includes(error.code))
      return objects.open(key, range)
    throw error
  })
  if (body === undefined) throw new Error(`the object ${key} is missing`)
  return body
}
