import { AssumeRoleProvider } from 'minio/dist/esm/AssumeRoleProvider.mjs'
import { LaunchRefused } from '../../core/ports/backend.ts'
import type { AccessRequest, StoreAccess } from '../../core/ports/object-store.ts'
import { RevocableRole, revokeMarked } from './revocable-role.ts'
import type { S3Transport } from './s3-transport.ts'

/** What is needed to give an attempt its credentials. */
export interface CredentialSettings {
  /** Address as seen from the pods. */
  readonly podEndpoint: string
  readonly stsEndpoint: string
  /** ARN of the role that is assumed; `undefined` where the service needs none. */
  readonly stsRole: string | undefined
  readonly region: string
  readonly bucket: string
  readonly accessKey: string
  readonly secretKey: string
  /** An upload-only user for services without STS; `undefined` where STS is used. */
  readonly uploadUser: { readonly accessKey: string; readonly secretKey: string } | undefined
}

const shortestSeconds = 900 // MinIO refuses less (seen: durations start at 900 s)
const longestSeconds = 7 * 86_400 // and more than a week
const longestRoleSeconds = 12 * 3600 // AWS API reference, AssumeRole, DurationSeconds; Ceph: rgw_sts_max_session_duration

/**
 * Credentials for one attempt: by STS AssumeRole with a policy that lets exactly this attempt's prefix be written and its
 * inputs be read, or the configured upload-only user. Never the service's own key.
 */
export async function grantAccess(
  settings: CredentialSettings,
  request: AccessRequest,
  transport: S3Transport,
): Promise<StoreAccess> {
  const { podEndpoint, stsEndpoint, stsRole, region, bucket, accessKey, secretKey, uploadUser } = settings
  const store = { kind: 's3' as const, endpoint: podEndpoint, region, bucket }
  if (uploadUser !== undefined) return { ...store, ...uploadUser }
  const seconds = Math.ceil(request.durationMs / 1000)
  const options = {
    stsEndpoint,
    accessKey,
    secretKey,
    durationSeconds: Math.min(
      Math.max(seconds, shortestSeconds),
      stsRole === undefined ? longestSeconds : longestRoleSeconds,
    ),
    policy: policyFor(bucket, request),
    region,
    ...(stsRole === undefined ? {} : { roleArn: stsRole, roleSessionName: sessionName(request) }),
  }
  // A service that wants no role is MinIO or the like: it can take credentials back. Others might not take the mark.
  const provider =
    stsRole === undefined ? new RevocableRole(options, sessionName(request)) : new AssumeRoleProvider(options)
  Reflect.set(provider, 'transport', transport) // it takes one from nobody, and its own waits for ever
  const credentials = await provider.getCredentials()
  const sessionToken = credentials.getSessionToken()
  return {
    ...store,
    accessKey: credentials.getAccessKey(),
    secretKey: credentials.getSecretKey(),
    ...(sessionToken === undefined ? {} : { sessionToken }),
  }
}

/**
 * Takes back the credentials of an attempt before they run out.
 * @returns whether the store can do that; where not, they last as long as they were granted for
 * @throws Error where it may be tried again
 */
export async function withdrawAccess(
  settings: CredentialSettings,
  request: Pick<AccessRequest, 'writePrefix'>,
  transport: S3Transport,
): Promise<boolean> {
  if (settings.uploadUser !== undefined || settings.stsRole !== undefined) return false
  return revokeMarked(settings, sessionName(request), transport)
}

/** Names the attempt in the store's audit log: 2 to 64 of `[\w+=,.@-]` (AWS API reference, AssumeRole). */
function sessionName({ writePrefix }: Pick<AccessRequest, 'writePrefix'>): string {
  return writePrefix
    .replaceAll(/[^\w+=,.@-]+/g, '-')
    .replace(/-$/, '')
    .slice(0, 64)
}

/** Longest session policy that MinIO takes, in characters (docs/sts/assume-role.md; InvalidParameterValue above it). */
const longestPolicy = 2048

/**
 * The policy of one attempt (IAM grammar, 2012-10-17): it may write below its prefix, read its own manifest back, and read its
 * inputs. Several inputs of one folder are granted as that folder, because a policy may not be long.
 * @throws LaunchRefused where the inputs are so many that no policy can name them
 */
export function policyFor(bucket: string, request: AccessRequest): string {
  const { writePrefix, readKeys, readForeign } = request
  const read = [
    arn(bucket, `${writePrefix}manifest.json`),
    ...grouped(readKeys).map((key) => arn(bucket, key)),
    ...readForeign.map((object) => arn(object.bucket, object.key)),
  ]
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
        Resource: [arn(bucket, `${writePrefix}*`)],
      },
      { Effect: 'Allow', Action: ['s3:GetObject'], Resource: read },
    ],
  })
  if (policy.length <= longestPolicy) return policy
  const message = `The asset has so many s3 inputs that no session policy can name them: ${policy.length} characters of at most ${longestPolicy}. Join them in an archive.`
  throw new LaunchRefused({ cause: 'backend-error', message })
}

function arn(bucket: string, key: string): string {
  return `arn:aws:s3:::${bucket}/${key}`
}

/** Keys, or the folder of those that share one. */
function grouped(keys: readonly string[]): readonly string[] {
  const folders = Map.groupBy(keys, (key) => key.slice(0, key.lastIndexOf('/') + 1))
  return [...folders].flatMap(([folder, inside]) => (folder !== '' && inside.length > 1 ? [`${folder}*`] : inside))
}
