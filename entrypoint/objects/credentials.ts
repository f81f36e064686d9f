import { AssumeRoleProvider } from 'minio/dist/esm/AssumeRoleProvider.mjs'
import type { AccessRequest, StoreAccess } from '../../core/ports/object-store.ts'

/** What is needed to give an attempt its credentials. */
export interface CredentialSettings {
  /** Address as seen from the pods. */
  readonly podEndpoint: string
  readonly endpoint: string
  readonly region: string
  readonly bucket: string
  readonly accessKey: string
  readonly secretKey: string
  /** An upload-only user for services without STS; `undefined` where STS is used. */
  readonly uploadUser: { readonly accessKey: string; readonly secretKey: string } | undefined
}

const shortestSeconds = 900 // MinIO refuses less (seen: durations start at 900 s)
const longestSeconds = 7 * 86_400 // and more than a week

/**
 * Credentials for one attempt: by STS AssumeRole with a policy that lets exactly this attempt's prefix be written and its
 * inputs be read, or the configured upload-only user. Never the service's own key.
 */
export async function grantAccess(settings: CredentialSettings, request: AccessRequest): Promise<StoreAccess> {
  const { podEndpoint, endpoint, region, bucket, accessKey, secretKey, uploadUser } = settings
  const store = { kind: 's3' as const, endpoint: podEndpoint, region, bucket }
  if (uploadUser !== undefined) return { ...store, ...uploadUser }
  const seconds = Math.ceil(request.durationMs / 1000)
  const provider = new AssumeRoleProvider({
    stsEndpoint: endpoint,
    accessKey,
    secretKey,
    durationSeconds: Math.min(Math.max(seconds, shortestSeconds), longestSeconds),
    policy: JSON.stringify(policyFor(bucket, request)),
    region,
  })
  const credentials = await provider.getCredentials()
  const sessionToken = credentials.getSessionToken()
  return {
    ...store,
    accessKey: credentials.getAccessKey(),
    secretKey: credentials.getSecretKey(),
    ...(sessionToken === undefined ? {} : { sessionToken }),
  }
}

/** The policy of one attempt (IAM grammar, 2012-10-17). MinIO takes at most 2048 characters. */
export function policyFor(bucket: string, request: AccessRequest): object {
  const read = [
    ...request.readKeys.map((key) => `arn:aws:s3:::${bucket}/${key}`),
    ...request.readForeign.map((object) => `arn:aws:s3:::${object.bucket}/${object.key}`),
  ]
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
        Resource: [`arn:aws:s3:::${bucket}/${request.writePrefix}*`],
      },
      ...(read.length === 0 ? [] : [{ Effect: 'Allow', Action: ['s3:GetObject'], Resource: read }]),
    ],
  }
}
