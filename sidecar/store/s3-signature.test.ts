import test from 'ava'
import { encodePath, queryString, signedHeaders, type UnsignedRequest } from './s3-signature.ts'

// The examples of AWS, "Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk".
const credentials = {
  accessKey: 'AKIAIOSFODNN7EXAMPLE',
  secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
}
const now = Date.UTC(2013, 4, 24)
const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const host = 'examplebucket.s3.amazonaws.com'

const examples: readonly (readonly [string, UnsignedRequest, string])[] = [
  [
    'GET of an object with a range',
    { method: 'GET', path: '/test.txt', query: {}, headers: { host, range: 'bytes=0-9' }, payloadHash: empty },
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  ],
  [
    'PUT of an object',
    {
      method: 'PUT',
      path: '/test%24file.text',
      query: {},
      headers: { host, date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      payloadHash: '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
    },
    '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  ],
  [
    'a query name without value',
    { method: 'GET', path: '/', query: { lifecycle: '' }, headers: { host }, payloadHash: empty },
    'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  ],
  [
    'a query of two',
    { method: 'GET', path: '/', query: { prefix: 'J', 'max-keys': '2' }, headers: { host }, payloadHash: empty },
    '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  ],
]

for (const [title, request, signature] of examples) {
  test(`signs AWS's example: ${title}`, (t) => {
    t.is(signedHeaders(request, credentials, now)['authorization']?.split('Signature=')[1], signature)
  })
}

test('a session token is sent and signed', (t) => {
  const request = { method: 'GET', path: '/', query: {}, headers: { host }, payloadHash: empty }
  const headers = signedHeaders(request, { ...credentials, sessionToken: 'token' }, now)
  t.is(headers['x-amz-security-token'], 'token')
  t.regex(headers['authorization'] ?? '', /SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,/)
})

test('the key of a day is not used on another one', (t) => {
  const request = { method: 'GET', path: '/', query: {}, headers: { host }, payloadHash: empty }
  const sign = (who: typeof credentials, day: number) => signedHeaders(request, who, now + day * 86_400_000)
  const kept = { ...credentials }
  for (const day of [0, 0, 1, 0]) t.deepEqual(sign(kept, day), sign({ ...credentials }, day))
  t.notDeepEqual(sign(kept, 0), sign({ ...kept, secretKey: 'another' }, 0))
})

test('paths and queries are encoded as S3 signs them', (t) => {
  t.is(encodePath('b', "a b/../(c)*'!~+=@$ü"), '/b/a%20b/../%28c%29%2A%27%21~%2B%3D%40%24%C3%BC')
  t.is(queryString({ uploadId: 'a/b+c=', partNumber: '1' }), 'partNumber=1&uploadId=a%2Fb%2Bc%3D')
})
