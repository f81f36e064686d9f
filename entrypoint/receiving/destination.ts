import { receptionPrefix } from '../../core/reception/names.ts'
import type { Reception } from '../../core/reception/reception.ts'
import { type DataAddress, DataPlaneError } from '../../dps/data-plane.ts'
import type { ReceivingParts } from './parts.ts'
import { receptionToken } from './token.ts'

/** Path of a reception's HTTP destination below the public base address. */
function destinationPath(receptionId: string): string {
  return `/received/${receptionId}`
}

/**
 * What kind of place a push is offered: what its profile names (`AmazonS3-PUSH`, `HttpData-PUSH`, `…/http-push`), else what the settings say.
 * @throws DataPlaneError where it names S3 and there is none that gives temporary credentials
 */
export function destinationKind({ rules }: ReceivingParts, profile: string): 'http' | 's3' {
  const named = /(?:^|\/)(?:amazon)?s3-push$/i.test(profile)
    ? 's3'
    : /(?:^|\/)http(?:data)?-push$/i.test(profile)
      ? 'http'
      : undefined
  const kind = named ?? rules.destination
  if (kind === 's3' && rules.s3Endpoint === undefined)
    throw new DataPlaneError(422, 'destination-unavailable', 'This consumer’s storage takes no pushes by S3; use HTTP.')
  return kind
}

/**
 * The address of a push's destination, with the consumer's parameters along. It is made anew each time it is asked for: tokens are
 * the same, temporary credentials are others for the same prefix.
 * @throws where the object store gives no credentials right now
 */
async function destinationAddress(
  parts: ReceivingParts,
  { id, destination, terms }: Pick<Reception, 'id' | 'destination' | 'terms'>,
): Promise<DataAddress> {
  const params: Readonly<Record<string, string>> = terms.parameters === undefined ? {} : { params: terms.parameters }
  return destination === 's3' ? s3Address(parts, id, params) : httpAddress(parts, id, terms.profile, params)
}

/** What prepare answers for an address: a push's destination; of a pull one that only carries the parameters, where there are any. */
export async function offeredAddress(
  parts: ReceivingParts,
  reception: Pick<Reception, 'id' | 'mode' | 'destination' | 'terms'>,
): Promise<DataAddress | undefined> {
  if (reception.mode === 'push') return destinationAddress(parts, reception)
  const { parameters } = reception.terms
  return parameters === undefined ? undefined : parametersAddress(parameters)
}

/** What tells the provider of a pull the consumer's parameters. Nothing is at this address. */
function parametersAddress(parameters: string): DataAddress {
  return {
    endpointType: 'ComputeInput',
    endpoint: 'urn:dataspace-compute:parameters',
    properties: { params: parameters },
  }
}

function httpAddress(
  { publicUrl, tokenKeys: [key = ''] }: ReceivingParts,
  id: string,
  profile: string,
  params: Readonly<Record<string, string>>,
): DataAddress {
  const endpoint = publicUrl() + destinationPath(id)
  const token = receptionToken(key, id)
  const profiled = /^https?:\/\//i.test(profile)
  return {
    endpointType: profiled ? profile : 'HttpData',
    endpoint,
    properties: {
      ...(profiled
        ? { authorization: token, authType: 'bearer' }
        : { baseUrl: endpoint, authKey: 'Authorization', authCode: `Bearer ${token}` }),
      method: 'PUT',
      archive: 'none', // every file by its path, and the manifest after them
      ...params,
    },
  }
}

async function s3Address(
  { objects, rules }: ReceivingParts,
  id: string,
  params: Readonly<Record<string, string>>,
): Promise<DataAddress> {
  const prefix = receptionPrefix(id)
  const access = await objects.access({
    writePrefix: prefix,
    readKeys: [],
    readForeign: [],
    durationMs: rules.credentialsMs,
  })
  const endpoint = rules.s3Endpoint
  if (access.kind !== 's3' || endpoint === undefined) throw new Error('the object store is no S3 service')
  return {
    endpointType: 'AmazonS3',
    endpoint,
    properties: {
      bucketName: access.bucket,
      region: access.region,
      endpointOverride: endpoint,
      folderName: prefix.replace(/\/$/, ''),
      accessKeyId: access.accessKey,
      secretAccessKey: access.secretKey,
      ...(access.sessionToken === undefined ? {} : { sessionToken: access.sessionToken }),
      ...params,
    },
  }
}
