import type { TransientError } from '../retry.ts'

/** An object to read: of another bucket where one is named, else of our own. */
interface ObjectSource {
  readonly bucket?: string
  readonly key: string
}

/** A body under way. */
export interface Download {
  /** Its length in bytes as declared by the sender, where it was. */
  readonly size?: number
  /** Fails with a TransientError where a new try may help. */
  readonly body: AsyncIterable<Uint8Array>
  /** Lets go of a body that is not read to its end. */
  close(): void
}

/** A whole object to write. */
export interface NewObject {
  readonly key: string
  readonly body: Uint8Array
  /** SHA-256 of the body, 64 hexadecimal digits; a store that can, checks it. */
  readonly sha256: string
  readonly mediaType?: string
}

/** An object written in parts, in any order and several at a time; it exists once `complete` has ended well. */
export interface PartUpload {
  /**
   * @param number from 1; every part but the last is `partSize` long
   * @param bytes must not change before the promise is settled
   */
  put(number: number, bytes: Uint8Array, signal: AbortSignal): Promise<void>
  /** @throws PartsLost where the store does not know the parts any more */
  complete(signal: AbortSignal): Promise<void>
  /** Removes what was sent. Never fails: what cannot be removed now is left to the store's own cleaning. */
  abort(): Promise<void>
}

/**
 * What became of an object that was to be new. `exists`: there was one before. `exists-unclear`: there is one, and it may be
 * ours, because the answer to an earlier try was lost.
 */
export type Creation = 'created' | 'exists' | 'exists-unclear'

/** Where the sidecar reads inputs and writes results. Methods try again by themselves as long as patience lasts, except `read`. */
export interface SidecarStore {
  /** @throws StoreRefusal, TransientError */
  read(source: ObjectSource, signal: AbortSignal): Promise<Download>
  /** Writes an object, replacing an older one. */
  put(object: NewObject, signal: AbortSignal): Promise<void>
  /** Writes an object where there is none. */
  create(object: NewObject, signal: AbortSignal): Promise<Creation>
  /** Begins an object in parts, replacing an older one in the end. */
  startParts(key: string, mediaType: string | undefined, signal: AbortSignal): Promise<PartUpload>
  /** Closes connections. */
  close(): void
}

/** Length of a part in bytes. S3 wants at least 5 MiB and knows at most 10,000 parts. */
export const partSize = 8 * 2 ** 20

/** Most parts of one object, by S3's rules. */
export const maximumParts = 10_000

/** The store said no, and would say so again. */
export class StoreRefusal extends Error {
  override readonly name = 'StoreRefusal'
  /** The store's own code, such as `AccessDenied` or `ENOSPC`. */
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** The store knows nothing of the parts: they are complete already (and the answer was lost), or were cleaned away. */
export class PartsLost extends Error {
  override readonly name = 'PartsLost'
}

/** Is told that the store does not answer and is tried again after some milliseconds. */
export type OnTrouble = (error: TransientError, pauseMs: number) => void
