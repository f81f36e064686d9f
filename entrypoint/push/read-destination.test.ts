import { inspect } from 'node:util'
import test from 'ava'
import fc from 'fast-check'
import type { DataAddress } from '../../dps/data-plane.ts'
import { type DestinationRules, strictRules } from './address-rules.ts'
import type { HttpDestination, S3Destination } from './destination.ts'
import { readDestination, refusalOf } from './read-destination.ts'

const http = (properties: Record<string, string>, endpoint?: string): DataAddress => ({
  endpointType: 'HttpData',
  ...(endpoint === undefined ? {} : { endpoint }),
  properties,
})
const s3 = (properties: Record<string, string>, endpoint?: string): DataAddress => ({
  endpointType: 'AmazonS3',
  ...(endpoint === undefined ? {} : { endpoint }),
  properties: {
    bucketName: 'results',
    region: 'eu-central-1',
    accessKeyId: 'AKIA1',
    secretAccessKey: 's3cr3t',
    ...properties,
  },
})

function asHttp(address: DataAddress, rules?: DestinationRules): HttpDestination {
  const read = readDestination(address, rules)
  if (Array.isArray(read) || read.kind !== 'http') throw new Error(inspect(read))
  return read
}

function asS3(address: DataAddress, rules?: DestinationRules): S3Destination {
  const read = readDestination(address, rules)
  if (Array.isArray(read) || read.kind !== 's3') throw new Error(inspect(read))
  return read
}

function placesOf(address: DataAddress, rules?: DestinationRules): readonly string[] {
  const read = readDestination(address, rules)
  return Array.isArray(read) ? read.map(({ where }) => where) : []
}

test('EDC’s HttpData is read as its sink reads it', (t) => {
  const read = asHttp(
    http({
      baseUrl: 'https://sink.example/in?sig=1',
      path: 'results/7',
      method: 'put',
      contentType: 'text/csv',
      authKey: 'X-Api-Key',
      authCode: 'k',
      'header:X-Tenant': 'a b',
    }),
  )
  t.is(read.url.href, 'https://sink.example/in/results/7?sig=1')
  t.like(read, { method: 'PUT', contentType: 'text/csv', headers: { 'x-api-key': 'k', 'x-tenant': 'a b' } })
  t.is(read.archive, undefined)
  t.is(asHttp(http({ baseUrl: 'https://sink.example' })).method, 'POST', 'as EDC’s sink does where nothing is said')
})

test('an HTTP profile’s endpoint and bearer token are read', (t) => {
  const profile = { endpointType: 'https://w3id.org/dspace-sig/profile/http-push', endpoint: 'https://sink.example/x' }
  const bearer = { authorization: 'abc', authType: 'Bearer' }
  t.deepEqual(asHttp({ ...profile, properties: bearer }).headers, { authorization: 'Bearer abc' })
  t.deepEqual(asHttp({ ...profile, properties: { ...bearer, authorization: 'Bearer abc' } }).headers, {
    authorization: 'Bearer abc',
  })
  t.deepEqual(asHttp({ ...profile, properties: { authorization: 'Basic eDp5' } }).headers, {
    authorization: 'Basic eDp5',
  })
})

test('EDC’s AmazonS3 is read with its defaults', (t) => {
  const read = asS3(s3({ folderName: 'runs/7', objectName: 'model.bin', token: 'tt' }))
  t.is(read.endpoint.href, 'https://s3.eu-central-1.amazonaws.com/')
  t.like(read, { bucket: 'results', prefix: 'runs/7/', objectName: 'model.bin' })
  t.deepEqual(
    { ...read.credentials },
    { accessKey: 'AKIA1', secretKey: 's3cr3t', region: 'eu-central-1', sessionToken: 'tt' },
  )
  t.is(asS3(s3({ folderName: 'a/', objectPrefix: 'b-' })).prefix, 'a/b-')
  t.is(
    asS3(s3({ endpointOverride: 'https://minio.example:9000' }, 'elsewhere')).endpoint.origin,
    'https://minio.example:9000',
  )
  t.is(asS3(s3({ region: '' }, 'https://minio.example')).credentials.region, 'us-east-1')
  t.is(asS3(s3({ region: 'cn-north-1' })).endpoint.host, 's3.cn-north-1.amazonaws.com.cn')
})

for (const [what, address, places] of [
  ['another kind', { endpointType: 'AzureStorage', properties: {} }, ['endpointType']],
  ['a kind that objects inherit', { endpointType: 'constructor', properties: {} }, ['endpointType']],
  ['no address', http({}), ['baseUrl']],
  ['two addresses', http({ baseUrl: 'https://a.example' }, 'https://b.example'), ['baseUrl']],
  ['an address of another scheme', http({ baseUrl: 'ftp://a.example' }), ['baseUrl']],
  ['plain http', http({ baseUrl: 'http://a.example' }), ['baseUrl']],
  ['a user in the address', http({ baseUrl: 'https://me:pw@a.example' }), ['baseUrl']],
  ['a line break in the address', http({ baseUrl: 'https://a.example/\r\nX: y' }), ['baseUrl']],
  ['loopback', http({ baseUrl: 'https://127.0.0.1/' }), ['baseUrl']],
  ['loopback in disguise', http({ baseUrl: 'https://0x7f.1/' }), ['baseUrl']],
  ['a metadata service', http({}, 'https://169.254.169.254/latest'), ['endpoint']],
  ['IPv4 in IPv6', http({ baseUrl: 'https://[::ffff:10.0.0.1]/' }), ['baseUrl']],
  ['the port of a mail server', http({ baseUrl: 'https://a.example:25/' }), ['baseUrl']],
  ['another method', http({ baseUrl: 'https://a.example', method: 'DELETE' }), ['method']],
  ['a way out of the path', http({ baseUrl: 'https://a.example/x', path: '../y' }), ['path']],
  ['a broken media type', http({ baseUrl: 'https://a.example', contentType: 'a/b\r\nX: y' }), ['contentType']],
  ['another archive', http({ baseUrl: 'https://a.example', archive: 'tar' }), ['archive']],
  ['a broken header', http({ baseUrl: 'https://a.example', 'header:X': 'a\r\nY: b' }), ['header:X']],
  ['a broken name of a header', http({ baseUrl: 'https://a.example', 'header:X\r\nY': 'b' }), ['header:…']],
  ['Host', http({ baseUrl: 'https://a.example', 'header:Host': 'b' }), ['header:…']],
  ['Content-Length', http({ baseUrl: 'https://a.example', authKey: 'content-length', authCode: '1' }), ['authKey']],
  [
    'one header twice',
    http({ baseUrl: 'https://a.example', 'header:X': '1', authKey: 'x', authCode: '2' }),
    ['authKey'],
  ],
  [
    'too many headers',
    http({ baseUrl: 'https://a.example', 'header:A': 'a'.repeat(8000), 'header:B': 'b'.repeat(8000) }),
    ['header:…'],
  ],
  ['a key without its header', http({ baseUrl: 'https://a.example', authCode: '1' }), ['authKey']],
  ['a name in a vault', http({ baseUrl: 'https://a.example', authKey: 'X', secretName: 'v' }), ['authCode']],
  [
    'another kind of authorization',
    http({ baseUrl: 'https://a.example', authType: 'basic', authorization: 'x' }),
    ['authType'],
  ],
  [
    'no credentials',
    { endpointType: 'S3', properties: { bucketName: 'results', region: 'x' } },
    ['accessKeyId', 'secretAccessKey'],
  ],
  ['no service', s3({ region: '' }), ['region']],
  ['a bucket that is a path', s3({ bucketName: 'a/../b' }), ['bucketName']],
  ['a region that is a host', s3({ region: 'x.evil.example/' }), ['region']],
  ['a service inside', s3({ endpointOverride: 'https://10.1.2.3' }), ['endpointOverride']],
  ['a service with a query', s3({ endpointOverride: 'https://a.example/?x' }), ['endpointOverride']],
  ['a way out of the folder', s3({ folderName: 'a/../b' }), ['folderName']],
  ['an absolute folder', s3({ folderName: '/a' }), ['folderName']],
  ['half a character', s3({ objectPrefix: '\ud800' }), ['objectPrefix']],
  ['a folder that is too long', s3({ folderName: 'ä'.repeat(300) }), ['folderName']],
  ['an object that is a folder', s3({ objectName: 'a/' }), ['objectName']],
  ['a broken secret', s3({ secretAccessKey: 'a b' }), ['secretAccessKey']],
  ['a broken token', s3({ sessionToken: 'a\nb' }), ['sessionToken']],
  ['an archive in a bucket', s3({ archive: 'zip' }), ['archive']],
] as const satisfies readonly (readonly [string, DataAddress, readonly string[]])[])
  test(`refused, with the property named: ${what}`, (t) => {
    t.deepEqual(placesOf(address), places)
  })

test('what the operator allows is taken', (t) => {
  const allowed: DestinationRules = {
    allowed: ['sink.internal', '10.0.0.0/8', '127.0.0.1:8025', '127.0.0.1:25'],
    plainHttp: false,
  }
  const taken = (baseUrl: string, rules = allowed): boolean => placesOf(http({ baseUrl }), rules).length === 0
  t.true(taken('http://sink.internal:8080/x'))
  t.true(taken('http://10.20.30.40/x'))
  t.true(taken('http://127.0.0.1:8025/'))
  t.true(taken('http://127.0.0.1:25/'), 'a port of another protocol, named')
  t.false(taken('http://127.0.0.1:8026/'))
  t.false(taken('http://11.0.0.1/'), 'public, and not https')
  t.true(taken('http://unknown.example/'), 'where it is within the range is known when it is resolved')
  t.false(taken('http://unknown.example/', strictRules))
  t.true(taken('http://unknown.example/', { allowed: [], plainHttp: true }))
  t.false(
    taken('http://192.168.0.1/', { allowed: [], plainHttp: true }),
    'plain http is one thing, private addresses another',
  )
})

test('a destination that is printed shows no secrets', (t) => {
  const shown = [
    asHttp(http({ baseUrl: 'https://a.example/?sig=s3cr3t', authKey: 'X', authCode: 's3cr3t' })),
    asS3(s3({ sessionToken: 's3cr3t' })),
  ]
  for (const one of shown) t.notRegex(inspect(one, { depth: 9 }) + JSON.stringify(one), /s3cr3t/)
})

const names = [
  'baseUrl path method contentType archive authKey authCode authorization authType secretName header:X-A header:Host type',
  'bucketName region endpointOverride folderName objectName objectPrefix accessKeyId secretAccessKey sessionToken token',
].flatMap((line) => line.split(' '))

const word = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('https://a.example', 'PUT', 'X-A', 'bearer', 'zip', 'a/b', '\r\n', '\u0000', '', 'eu-1', '\ud800'),
)
const anyAddress: fc.Arbitrary<DataAddress> = fc.record(
  {
    endpointType: fc.constantFrom('HttpData', 'AmazonS3', 'S3', 'http', 'other'),
    endpoint: fc.oneof(word, fc.webUrl()),
    properties: fc.dictionary(fc.oneof(fc.constantFrom(...names), word), word),
  },
  { requiredKeys: ['endpointType', 'properties'] },
)

test('whatever an address holds, it is read or refused with reasons for one line, and what is sent is one line as well', (t) => {
  fc.assert(
    fc.property(anyAddress, (address) => {
      const read = readDestination(address)
      if (Array.isArray(read)) return read.length > 0 && oneLine(refusalOf(read))
      if (read.kind === 's3') return oneLine(read.prefix + read.bucket + Object.values(read.credentials).join(''))
      return Object.entries(read.headers).flat().every(oneLine) && oneLine(read.url.href)
    }),
    { numRuns: 2000 },
  )
  t.pass()
})

test('no problem repeats a value', (t) => {
  const secret = 'cAn4ry-of-a-secret'
  const bad = fc.constantFrom(
    secret,
    `${secret}\r\n`,
    ` ${secret}`,
    `https://${secret}@a.example`,
    `http://a.example/${secret}`,
    `../${secret}`,
    `10.0.0.1/${secret}`,
  )
  fc.assert(
    fc.property(
      fc.constantFrom('HttpData', 'AmazonS3'),
      fc.option(bad, { nil: undefined }),
      fc.dictionary(fc.constantFrom(...names), bad, { minKeys: 1 }),
      (endpointType, endpoint, properties) => {
        const read = readDestination({ endpointType, ...(endpoint === undefined ? {} : { endpoint }), properties })
        return !Array.isArray(read) || !refusalOf(read).toLowerCase().includes(secret.toLowerCase())
      },
    ),
    { numRuns: 2000 },
  )
  t.pass()
})

function oneLine(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  return text !== '' && !/[\u0000-\u001F\u007F]/.test(text)
}
