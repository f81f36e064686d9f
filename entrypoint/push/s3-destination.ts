import { hidingSecrets } from '../../config/hiding-secrets.ts'
import { checkedUrl } from './address-rules.ts'
import type { AddressToRead, S3Destination } from './destination.ts'
import { PropertyReader } from './property-reader.ts'

/** Longest beginning of a key, in bytes: S3's keys have 1024 at most, and the path of a file in a result takes 512 of them. */
const longestPrefix = 500

/**
 * Reads an S3 destination by the names of EDC's `AmazonS3` (`bucketName`, `region`, `endpointOverride`, `folderName`, `objectName`,
 * `objectPrefix`, `accessKeyId`, `secretAccessKey`), with `sessionToken` or `token` for temporary credentials.
 */
export function s3Destination({ address, rules }: AddressToRead): S3Destination | PropertyReader['problems'] {
  const reader = new PropertyReader(address)
  const bucket = reader.needed(
    'bucketName',
    /^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/,
    'the name of a bucket',
  )
  const region = reader.optional('region', /^[a-z0-9][a-z0-9-]{0,62}$/, 'the name of a region such as eu-central-1')
  const place = placeOf(address.endpoint, region, reader)
  const endpoint = place === undefined ? undefined : checkedUrl(place.value, rules)
  if (place !== undefined && typeof endpoint === 'string') reader.report(place.name, endpoint)
  if (place !== undefined && endpoint instanceof URL && (endpoint.search !== '' || endpoint.hash !== ''))
    reader.report(place.name, 'has a query or a fragment; expected the address of an S3 service')
  const accessKey = reader.needed('accessKeyId', /^[\w.@+=-]{1,256}$/, 'the id of an access key')
  const secretKey = reader.needed('secretAccessKey', /^[\x21-\x7e]{1,1024}$/, 'its secret, in printable ASCII')
  const token = reader.first('sessionToken', 'token')
  if (token !== undefined && !/^[\x21-\x7e]{1,8192}$/.test(token.value))
    reader.report(token.name, 'expected a token in printable ASCII without blanks')
  const { prefix, objectName } = keysOf(reader)
  if (reader.text('archive') !== undefined)
    reader.report('archive', 'is for HTTP destinations; into a bucket every file goes by itself')
  if (reader.problems.length > 0 || !(endpoint instanceof URL)) return reader.problems
  const credentials = {
    accessKey,
    secretKey,
    region: region ?? 'us-east-1',
    ...(token === undefined ? {} : { sessionToken: token.value }),
  }
  return hidingSecrets(
    { kind: 's3' as const, endpoint, bucket, prefix, ...(objectName === undefined ? {} : { objectName }), credentials },
    ['credentials'],
  )
}

function placeOf(
  endpoint: string | undefined,
  region: string | undefined,
  reader: PropertyReader,
): { readonly name: string; readonly value: string } | undefined {
  const override = reader.text('endpointOverride')
  if (override !== undefined) return { name: 'endpointOverride', value: override }
  // In `endpoint` connectors put what they like for buckets: an address is taken, a name is not.
  if (endpoint !== undefined && /^https?:/i.test(endpoint)) return { name: 'endpoint', value: endpoint }
  if (region !== undefined) {
    const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
    return { name: 'region', value: `https://s3.${region}.${domain}` }
  }
  reader.report(
    'region',
    'is missing; expected a region of AWS, or the address of another S3 service in endpointOverride',
  )
  return undefined
}

function keysOf(reader: PropertyReader): { readonly prefix: string; readonly objectName: string | undefined } {
  const [folder, objectPrefix, objectName] = ['folderName', 'objectPrefix', 'objectName'].map((name) => {
    const value = reader.text(name)
    const problem = value === undefined ? undefined : keyProblem(value)
    if (problem !== undefined) reader.report(name, problem)
    return value
  })
  const folderPrefix = folder === undefined ? '' : folder.replace(/\/?$/, '/')
  const prefix = folderPrefix + (objectPrefix ?? '')
  const bytes = Buffer.byteLength(prefix + (objectName ?? ''))
  if (bytes > longestPrefix)
    reader.report('folderName', `and objectPrefix and objectName are longer than ${longestPrefix} bytes together`)
  if (objectName?.endsWith('/') === true) reader.report('objectName', 'ends with /; expected the name of an object')
  return { prefix, objectName }
}

/** Some S3 services make paths of a file system of keys. */
function keyProblem(text: string): string | undefined {
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  if (/[\u0000-\u001F\u007F-\u009F\u2028\u2029\\]/.test(text) || !text.isWellFormed())
    return 'has control characters, a backslash or half characters'
  if (text.startsWith('/')) return 'begins with /'
  const parts = text.replace(/\/$/, '').split('/')
  return parts.some((part) => part === '' || part === '.' || part === '..')
    ? 'has an empty part, or one that is . or ..'
    : undefined
}
