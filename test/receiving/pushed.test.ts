import { Readable } from 'node:stream'
import test, { type ExecutionContext } from 'ava'
import { buildManifest } from '../../core/result/manifest.ts'
import { sinkRoutes } from '../../entrypoint/receiving/sink.ts'
import { receptionToken } from '../../entrypoint/receiving/token.ts'
import { appServer } from '../support/app-server.ts'
import { manifestOf } from './gateway.ts'
import { caller, prepareMessage, type Receiver, receiver, type ReceiverOptions, tokenKey } from './receiver.ts'

interface Offered extends Receiver {
  readonly processId: string
  /** The destination's address as it is served here. */
  readonly url: string
  readonly id: string
  /** Puts a file. @returns the status, and the code of a refusal */
  put(path: string, body: string | ReadableStream<Uint8Array>, headers?: Record<string, string>): Promise<string>
}

/** A push that was prepared and started. */
async function offered(t: ExecutionContext, options: ReceiverOptions = {}): Promise<Offered> {
  const consumer = await receiver(t, options)
  const { url } = await appServer(t, sinkRoutes(consumer.parts))
  const message = prepareMessage('HttpData-PUSH')
  await consumer.dataPlane.prepare(message, caller)
  await consumer.dataPlane.started(message.processId, {}, caller)
  const { id } = await consumer.find(message.processId)
  const base = `${url}/received/${id}`
  return {
    ...consumer,
    processId: message.processId,
    id,
    url: base,
    async put(path, body, headers = {}) {
      const answer = await fetch(base + path, {
        method: 'PUT',
        body,
        headers: { authorization: `Bearer ${receptionToken(tokenKey, id)}`, ...headers },
        ...(typeof body === 'string' ? {} : { duplex: 'half' as const }),
      })
      const text = await answer.text()
      const { code }: { code?: string } = text === '' ? {} : JSON.parse(text)
      return [answer.status, code].filter((one) => one !== undefined).join(' ')
    },
  }
}

const files = { 'a.txt': 'first', 'b/c.txt': 'second file', empty: '' }

async function putAll({ put }: Offered, what: Readonly<Record<string, string>> = files, folder = ''): Promise<void> {
  for (const [path, text] of Object.entries(what)) await put(`/${folder}${path}`, text)
}

test('files and then their manifest; completed, they are verified', async (t) => {
  const consumer = await offered(t)
  await putAll(consumer)
  t.is(await consumer.put('/manifest.json', JSON.stringify(manifestOf(files))), '201')
  await consumer.dataPlane.completed(consumer.processId, caller)
  t.is((await consumer.find(consumer.processId)).state, 'verifying')
  await consumer.run()
  const reception = await consumer.find(consumer.processId)
  t.like(reception, { flow: 'completed', state: 'received' })
  t.like(reception.content, { verifiedBy: 'manifest', totalBytes: 16, folder: '' })
  t.deepEqual(consumer.told, [], 'the provider has told')
})

test('files may lie in a folder, as a gateway has them, and one of them may be called as the manifest is', async (t) => {
  const one = await offered(t)
  await putAll(one, files, 'files/')
  await one.put('/manifest.json', JSON.stringify(manifestOf(files)))
  await one.dataPlane.completed(one.processId, caller)
  await one.run()
  t.like((await one.find(one.processId)).content, { folder: 'files/', verifiedBy: 'manifest' })
  const two = await offered(t)
  const confusing = { ...files, 'manifest.json': JSON.stringify(buildManifest('x', 1, [])) }
  await putAll(two, confusing)
  await two.put('/_manifest.json', JSON.stringify(manifestOf(confusing)))
  await two.dataPlane.completed(two.processId, caller)
  await two.run()
  const { content } = await two.find(two.processId)
  t.is(content?.files.length, 4)
})

for (const [what, change, cause] of [
  ['a file is missing', async ({ put }: Offered) => put('/manifest.json', text({ ...files, more: 'x' })), 'incomplete'],
  [
    'a file is another one',
    async ({ put }: Offered) => put('/manifest.json', text({ ...files, 'a.txt': 'FIRST' })),
    'wrong-content',
  ],
  [
    'a file is longer',
    async ({ put }: Offered) => put('/manifest.json', text({ ...files, 'a.txt': 'f' })),
    'wrong-content',
  ],
  ['the manifest is none', async ({ put }: Offered) => put('/manifest.json', '{}'), 'invalid-manifest'],
] as const) {
  test(`where ${what}, it has failed as ${cause}`, async (t) => {
    const consumer = await offered(t)
    await putAll(consumer)
    await change(consumer)
    await consumer.dataPlane.completed(consumer.processId, caller)
    await consumer.run()
    t.like(await consumer.find(consumer.processId), { state: 'failed', flow: 'completed', failure: { cause } })
  })
}

function text(of: Readonly<Record<string, string>>): string {
  return JSON.stringify(manifestOf(of))
}

test('one body of another data plane is one file; without a manifest it is taken only where that is allowed', async (t) => {
  for (const manifest of ['optional', 'required'] as const) {
    const consumer = await offered(t, { rules: { manifest } })
    const answer = await fetch(consumer.url, {
      method: 'POST',
      body: 'data of EDC',
      headers: {
        authorization: `Bearer ${receptionToken(tokenKey, consumer.id)}`,
        'content-disposition': 'attachment; filename="numbers.csv"',
      },
    })
    t.is(answer.status, 201)
    t.like(await answer.json(), { path: 'numbers.csv', size: 11 })
    await consumer.dataPlane.completed(consumer.processId, caller)
    await consumer.run()
    const { content, failure } = await consumer.find(consumer.processId)
    if (manifest === 'optional') t.like(content, { verifiedBy: 'nothing', totalBytes: 11 })
    else t.is(failure?.cause, 'no-manifest')
  }
})

test('nothing that came is incomplete', async (t) => {
  const consumer = await offered(t)
  await consumer.dataPlane.completed(consumer.processId, caller)
  await consumer.run()
  t.like((await consumer.find(consumer.processId)).failure, { cause: 'incomplete' })
})

test('who has not the token, or comes too late, gets one answer; who comes while it is suspended, another', async (t) => {
  const consumer = await offered(t)
  const { put, dataPlane, processId } = consumer
  t.is(await put('/a', 'x', { authorization: 'Bearer guess' }), '401 unauthorized')
  t.is(await put('/a', 'x', { authorization: '' }), '401 unauthorized')
  const unknown = consumer.url.replace(consumer.id, 'nobody')
  t.is((await fetch(unknown, { method: 'PUT', body: 'x', headers: { authorization: 'Bearer x' } })).status, 401)
  await dataPlane.suspend(processId, {}, caller)
  t.is(await put('/a', 'x'), '403 reception-suspended')
  await dataPlane.resume(processId, {}, caller)
  t.is(await put('/a', 'x'), '201')
  await dataPlane.completed(processId, caller)
  t.is(await put('/a', 'y'), '401 unauthorized')
  t.deepEqual(await consumer.held(processId), { a: 'x' })
})

test('a provider may begin before we hear that it started', async (t) => {
  const consumer = await receiver(t)
  const { url } = await appServer(t, sinkRoutes(consumer.parts))
  const message = prepareMessage('HttpData-PUSH')
  await consumer.dataPlane.prepare(message, caller)
  const { id } = await consumer.find(message.processId)
  const headers = { authorization: `Bearer ${receptionToken(tokenKey, id)}` }
  t.is((await fetch(`${url}/received/${id}/a`, { method: 'PUT', body: 'x', headers })).status, 201)
})

test('the address of a pull takes nothing', async (t) => {
  const consumer = await receiver(t)
  const { url } = await appServer(t, sinkRoutes(consumer.parts))
  const processId = await consumer.pull({ endpointType: 'HttpData', endpoint: 'https://x.example', properties: {} })
  const { id } = await consumer.find(processId)
  const headers = { authorization: `Bearer ${receptionToken(tokenKey, id)}` }
  t.is((await fetch(`${url}/received/${id}/a`, { method: 'PUT', body: 'x', headers })).status, 401)
})

for (const [what, path, headers, expected] of [
  ['a path that climbs', '/files/..%2F..%2Fx', {}, '400 invalid-query'],
  ['a path with strange characters', '/a%20b', {}, '400 invalid-query'],
  ['an encoded body', '/a', { 'content-encoding': 'gzip' }, '415 unsupported-media-type'],
  [
    'a body that is not as its digest says',
    '/a',
    { 'repr-digest': `sha-256=:${'A'.repeat(43)}=:` },
    '400 invalid-body',
  ],
  ['more than is taken', '/large', {}, '413 body-too-large'],
] as const) {
  test(`${what} is refused, and leaves nothing`, async (t) => {
    const consumer = await offered(t, { rules: { maximumBytes: 100 } })
    t.is(await consumer.put(path, 'x'.repeat(path === '/large' ? 101 : 3), headers), expected)
    t.deepEqual(await consumer.held(consumer.processId), {})
  })
}

test('all files together are held to the limit, also where their length is not announced; a replaced one counts once', async (t) => {
  const consumer = await offered(t, { rules: { maximumBytes: 100 } })
  const stream = (bytes: number): ReadableStream<Uint8Array> =>
    new Blob([new Uint8Array(bytes)]).stream() as ReadableStream<Uint8Array>
  t.is(await consumer.put('/a', 'x'.repeat(60)), '201')
  t.is(await consumer.put('/b', 'x'.repeat(41)), '413 body-too-large')
  t.is(await consumer.put('/c', stream(41)), '413 body-too-large')
  t.is(await consumer.put('/c', stream(40)), '201')
  t.is(await consumer.put('/d', 'x'), '413 body-too-large')
  t.is(await consumer.put('/a', 'y'.repeat(50)), '201')
  t.is(await consumer.put('/d', 'x'.repeat(10)), '201')
})

test('a file that is on its way when the transfer ends is not kept', async (t) => {
  const begun = Promise.withResolvers<void>()
  const consumer = await offered(t, {
    wrapObjects: (objects) => ({
      ...objects,
      putStream(...parameters) {
        begun.resolve()
        return objects.putStream(...parameters)
      },
    }),
  })
  const pipe = new TransformStream<Uint8Array, Uint8Array>()
  const writer = pipe.writable.getWriter()
  const sending = consumer.put('/a', pipe.readable)
  await writer.write(Buffer.from('the beginning'))
  await begun.promise
  await consumer.dataPlane.terminate(consumer.processId, {}, caller)
  await consumer.run()
  await writer.close()
  t.is(await sending, '403 reception-suspended')
  t.deepEqual(await consumer.held(consumer.processId), {})
  t.is((await consumer.find(consumer.processId)).state, 'removed')
})

test('nor is one whose last byte came before the end, and which was stored after the removal', async (t) => {
  const arrived = Promise.withResolvers<void>()
  const removed = Promise.withResolvers<void>()
  const consumer = await offered(t, {
    wrapObjects: (objects) => ({
      ...objects,
      async putStream(key, body, maximum) {
        const chunks = await Array.fromAsync(body)
        arrived.resolve()
        await removed.promise
        return objects.putStream(key, Readable.from(chunks), maximum)
      },
    }),
  })
  const sending = consumer.put('/a', 'all of it', { 'content-length': '9' })
  await arrived.promise
  await consumer.dataPlane.terminate(consumer.processId, {}, caller)
  await consumer.run()
  t.is((await consumer.find(consumer.processId)).state, 'removed')
  removed.resolve()
  t.is(await sending, '403 reception-suspended')
  t.deepEqual(await consumer.held(consumer.processId), {})
})
