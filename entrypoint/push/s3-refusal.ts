import { TransientError } from '../../sidecar/retry.ts'
import type { StoreRefusal } from '../../sidecar/store/store.ts'
import { DestinationRefusal } from './trouble.ts'

/** What is meant by the codes of an S3 service, each with the property that is at fault. */
const meanings: readonly (readonly [RegExp, string])[] = [
  [/^InvalidAccessKeyId$/, 'accessKeyId: the S3 service does not know this key'],
  [/^SignatureDoesNotMatch$/, 'secretAccessKey: it is not that of the key'],
  [
    /^(ExpiredToken|InvalidToken\w*|TokenRefreshRequired)$/,
    'sessionToken: the credentials ran out, or lack their token',
  ],
  [/^(NoSuchBucket|InvalidBucketName)$/, 'bucketName: there is no such bucket'],
  [/^(AccessDenied|AllAccessDisabled|AccountProblem|HTTP 401|HTTP 403)$/, 'accessKeyId: the key may not write there'],
  [
    /^(PermanentRedirect|TemporaryRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException|HTTP 3\d\d)$/,
    'region: the bucket is somewhere else, or endpointOverride is another address of the service',
  ],
  [/^(HTTP 404|HTTP 405|MethodNotAllowed)$/, 'endpointOverride: there is no S3 service at this address'],
]

/**
 * What a refusal of a consumer's S3 service means.
 * @returns DestinationRefusal; TransientError where not the destination but a clock is wrong
 */
export function meaningOf(refusal: StoreRefusal): DestinationRefusal | TransientError {
  if (refusal.code === 'RequestTimeTooSkewed')
    return new TransientError('the clocks of the S3 service and of ours are too far apart', { cause: refusal })
  const found = meanings.find(([codes]) => codes.test(refusal.code))
  return new DestinationRefusal(
    found === undefined ? `the S3 service refused (${refusal.code})` : `${found[1]} (${refusal.code})`,
    { cause: refusal },
  )
}
