import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import test from 'ava'
import { s3Store } from '../objects/s3.ts'
import { openObject } from './open-object.ts'

/** An S3 service that breaks the first connections without an answer, and what it was asked. */
async function breaking(times: number): Promise<{ server: Server; asked: string[]; endpoint: string }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.headers.range ?? 'whole')
    if (asked.length <= times) request.socket.resetAndDestroy()
    else if (request.url?.endsWith('/missing') === true) {
      response.writeHead(404, { 'content-type': 'application/xml' })
      response.end('<Error><Code>NoSuchKey</Code></Error>')
    } else response.end('content')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, asked, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

function storeAt(endpoint: string) {
  return s3Store({
    endpoint,
    podEndpoint: endpoint,
    linkEndpoint: endpoint,
    stsEndpoint: endpoint,
    stsRole: undefined,
    region: 'us-east-1',
    bucket: 'results',
    accessKey: 'key',
    secretKey: 'secret',
    uploadUser: undefined,
  })
}

test('a connection that is closed without an answer is not the end', async (t) => {
  const { server, asked, endpoint } = await breaking(1)
  t.teardown(() => server.close())
  const body = await openObject(storeAt(endpoint), 'sum.txt', { start: 3, end: 5 })
  t.is(await text(body), 'content')
  t.deepEqual(asked, ['bytes=3-5', 'bytes=3-5'])
})

test('a store that closes every connection is not asked without end', async (t) => {
  const { server, asked, endpoint } = await breaking(Infinity)
  t.teardown(() => server.close())
  await t.throwsAsync(openObject(storeAt(endpoint), 'sum.txt'), { code: 'ECONNRESET' })
  t.is(asked.length, 2)
})

test('what the store answers stands: a missing object is asked for once', async (t) => {
  const { server, asked, endpoint } = await breaking(0)
  t.teardown(() => server.close())
  await t.throwsAsync(openObject(storeAt(endpoint), 'missing'), { message: 'the object missing is missing' })
  t.is(asked.length, 1)
})

test('nor is a store asked again where nothing listens', async (t) => {
  const { server, endpoint } = await breaking(0)
  await new Promise((resolve) => server.close(resolve))
  await t.throwsAsync(openObject(storeAt(endpoint), 'sum.txt'), { code: 'ECONNREFUSED' })
})
