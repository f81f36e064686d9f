import type { S3Settings } from '../../entrypoint/objects/s3.ts'
import type { StoreServer } from './each-store.ts'

/** A bucket of a server as the service's object store is told of it, with one address for everybody. */
export function s3Settings(
  {
    endpoint,
    accessKey,
    secretKey,
    uploadUser,
  }: Pick<StoreServer, 'endpoint' | 'accessKey' | 'secretKey' | 'uploadUser'>,
  bucket: string,
): S3Settings {
  return {
    endpoint,
    podEndpoint: endpoint,
    linkEndpoint: endpoint,
    region: 'us-east-1',
    bucket,
    accessKey,
    secretKey,
    stsEndpoint: endpoint,
    stsRole: undefined,
    uploadUser,
  }
}
