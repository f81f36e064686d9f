import type { DestinationRules } from './address-rules.ts'
import type { S3Credentials } from '../../sidecar/store/s3-signature.ts'
import type { DataAddress } from '../../dps/data-plane.ts'

/** How the files of a result reach an HTTP destination: `each` by its path with the manifest after them, or all in one `zip`. */
export type Archive = 'none' | 'zip'

/** An HTTP server that takes a result. */
export interface HttpDestination {
  readonly kind: 'http'
  /** http or https, without user name and password. Its query may hold a signature. */
  readonly url: URL
  /** Of the one request of a delivery in one piece. */
  readonly method: 'POST' | 'PUT'
  /** What the consumer wants sent with every request, credentials among it; names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Media type of a delivery in one piece; by default that of the file, or application/zip. */
  readonly contentType?: string
  /** Unset: a result of exactly one file goes in one piece, every other one as with `none`. */
  readonly archive?: Archive
}

/** A bucket that takes a result. */
export interface S3Destination {
  readonly kind: 's3'
  /** Address of the S3 service. The bucket stands in the path of a request, not in the host's name. */
  readonly endpoint: URL
  readonly bucket: string
  /** What every key begins with; empty, or often something that ends in `/`. */
  readonly prefix: string
  /** Name of the object where the result has exactly one file; by default the file's path. */
  readonly objectName?: string
  readonly credentials: S3Credentials
}

/** Where a result is pushed to, read and held to the rules. Printed, it shows no secrets. */
export type Destination = HttpDestination | S3Destination

/** An address with what it is read by. */
export interface AddressToRead {
  readonly address: DataAddress
  readonly rules: DestinationRules
}
