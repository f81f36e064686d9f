import type { Erasure } from '../audit/of-result.ts'

/** An object as listed. */
export interface StoredObject {
  readonly key: string
  /** Bytes. */
  readonly size: number
}

/** A part of an object: `start` and `end` are byte offsets, both included. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** What an attempt may do in the object store. */
export interface AccessRequest {
  /** Prefix below which it may create objects. */
  readonly writePrefix: string
  /** Keys of our bucket it may read. */
  readonly readKeys: readonly string[]
  /** Objects of other buckets it may read. */
  readonly readForeign: readonly { readonly bucket: string; readonly key: string }[]
  /** How long, in milliseconds; a store may grant more or less within its own limits. */
  readonly durationMs: number
}

/** How the data sidecar reaches the object store: credentials for one attempt, or a directory of this machine. */
export type StoreAccess =
  | {
      readonly kind: 's3'
      /** Address as seen from the pods, such as `http://10.0.0.5:9000`. */
      readonly endpoint: string
      readonly region: string
      readonly bucket: string
      readonly accessKey: string
      readonly secretKey: string
      readonly sessionToken?: string
    }
  | { readonly kind: 'directory'; readonly root: string }

/** Where inputs, results and logs lie. Keys are `/`-separated paths by the rules of core/result/paths.ts. */
export interface ObjectStore {
  /** Writes a small object, replacing an older one. */
  put(key: string, body: string | Uint8Array, contentType: string): Promise<void>
  /**
   * Writes an object from a stream and hashes it on the way.
   * @param maximumBytes a longer stream is an error (`body-too-large`), and nothing stays behind
   */
  putStream(
    key: string,
    body: AsyncIterable<Uint8Array>,
    maximumBytes: number,
  ): Promise<{ readonly size: number; readonly sha256: string }>
  /** Size of an object, `undefined` where there is none. */
  head(key: string): Promise<StoredObject | undefined>
  /** Reads an object, or a part of it; `undefined` where there is none. The caller reads the body to its end or destroys it by leaving the loop. */
  open(key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined>
  /** Every object below a prefix, in order of keys. */
  list(prefix: string): AsyncIterable<StoredObject>
  /** Removes every object below a prefix; none is no error. */
  removeAll(prefix: string): Promise<void>
  /**
   * Removes everything below a prefix for good: objects, where the bucket keeps versions all of those and their delete markers, and uploads in
   * parts that nobody finished. Then looks again.
   * @returns what was removed and what is left; the caller judges the latter
   */
  erase(prefix: string): Promise<Erasure>
  /**
   * An address at which anyone who has it can read one object for a while, as a consumer's data plane reaches it.
   * @returns `undefined` where this store has no such addresses
   */
  presign(key: string, durationMs: number): Promise<string | undefined>
  /** Makes credentials for one attempt. */
  access(request: AccessRequest): Promise<StoreAccess>
  /**
   * Takes back the credentials of an attempt that is over, so that nobody can go on with them until they run out. May be repeated.
   * @returns whether this store can do that
   */
  withdraw?(request: Pick<AccessRequest, 'writePrefix'>): Promise<boolean>
  /**
   * The time by the store's own clock, milliseconds since 1970: a second opinion before something is removed for its age.
   * @returns `undefined` where it has none of its own
   */
  time(): Promise<number | undefined>
  /** Fails where the store cannot be used right now. */
  check(): Promise<void>
}
