import { z } from 'zod'
import { metadataOf } from '../observe/objects.ts'

/** One line of a watch. */
export type WatchEvent =
  /** An object as it is now, or as it was when it went. */
  | { readonly type: 'changed' | 'deleted'; readonly object: TrackedObject; readonly resourceVersion: string }
  /** Nothing but: everything up to this version was told. */
  | { readonly type: 'bookmark'; readonly resourceVersion: string }
  /** An object that cannot be read; what is after it can. */
  | { readonly type: 'unreadable' }
  /** The version from which the watch was to go on is too old (410): the list must be read again. */
  | { readonly type: 'expired' }

/** What is kept of an object: enough to see that it changed, and whose it is. */
export interface TrackedObject {
  readonly uid: string
  readonly resourceVersion: string
  readonly labels: Readonly<Record<string, string>>
}

const lineSchema = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.unknown(),
})
const bookmarkSchema = z.object({ metadata: z.object({ resourceVersion: z.string() }) })
const statusSchema = z.object({ code: z.number().optional(), message: z.string().optional() })

/**
 * Reads one line of a watch.
 * @throws Error where it is none, or tells of an error other than 410
 */
export function readWatchEvent(line: string): WatchEvent {
  const { type, object } = lineSchema.parse(JSON.parse(line))
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED': {
      const tracked = trackedObject(object)
      if (tracked === undefined) return { type: 'unreadable' }
      return {
        type: type === 'DELETED' ? 'deleted' : 'changed',
        object: tracked,
        resourceVersion: tracked.resourceVersion,
      }
    }
    case 'BOOKMARK':
      return { type: 'bookmark', resourceVersion: bookmarkSchema.parse(object).metadata.resourceVersion }
    case 'ERROR': {
      const { code, message } = statusSchema.parse(object)
      if (code === 410) return { type: 'expired' }
      throw new Error(`the API server ended the watch: ${message ?? JSON.stringify(object)}`)
    }
  }
}

/** Keeps what is needed of an object; `undefined` where it cannot be read. */
export function trackedObject(object: unknown): TrackedObject | undefined {
  const metadata = metadataOf(object)
  if (metadata === undefined) return undefined
  const { uid, resourceVersion, labels } = metadata
  return { uid, resourceVersion, labels }
}
