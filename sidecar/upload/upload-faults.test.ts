// Faults that a real store does not make on demand, played by a server that speaks just enough S3.
import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { bodyOf, serve } from '../_server.test.ts'
import { never, output, taskOf, temporaryDirectory } from '../_task.test.ts'
import { SidecarFailure } from '../failure.ts'
import { uploadOutputs } from './upload-outputs.ts'

const quick = { patienceMs: 10_000, longestPauseMs: 5 }
const MiB = 2 ** 20

/** What is asked of the store: `PUT a.bin`, `POST uploads a.bin`, `PUT part 2 a.bin`, `POST complete a.bin`, `DELETE a.bin`, … */
type Fault = (asked: string, request: IncomingMessage, response: ServerResponse) => Promise<boolean> | boolean

/** A store that does as it is asked unless a fault has answered already. Shares what it was asked and what it holds. */
async function faultyStore(t: ExecutionContext, fault: Fault) {
  const objects = new Map<string, Buffer>()
  const uploads = new Map<string, Map<number, Buffer>>()
  const asked: string[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', 'http://store')
    const name = url.pathname.split('/').at(-1) ?? ''
    const part = url.searchParams.get('partNumber')
    const uploadId = url.searchParams.get('uploadId')
    const what = url.searchParams.has('uploads') ? 'uploads ' : part ? `part ${part} ` : uploadId ? 'complete ' : ''
    const call = `${request.method} ${request.method === 'DELETE' ? '' : what}${name}`
    asked.push(call)
    if (await fault(call, request, response)) return
    const body = await bodyOf(request, response)
    if (what === 'uploads ') {
      const id = `upload/${uploads.size + 1}`
      uploads.set(id, new Map())
      response.end(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`)
      return
    }
    const parts = uploads.get(uploadId ?? '')
    if (uploadId !== null && parts === undefined) {
      response.writeHead(404).end('<Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>')
    } else if (part !== null) {
      parts?.set(Number(part), body)
      response.writeHead(200, { etag: `"${part}"` }).end()
    } else if (request.method === 'POST') {
      objects.set(name, Buffer.concat([...(parts ?? [])].toSorted(([a], [b]) => a - b).map(([, bytes]) => bytes)))
      uploads.delete(uploadId ?? '')
      response.end('<CompleteMultipartUploadResult></CompleteMultipartUploadResult>')
    } else if (request.method === 'DELETE') {
      uploads.delete(uploadId ?? '')
      response.writeHead(204).end()
    } else if (request.method === 'GET') {
      response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>')
    } else if (request.headers['if-none-match'] === '*' && objects.has(name)) {
      response.writeHead(412).end('<Error><Code>PreconditionFailed</Code></Error>')
    } else {
      objects.set(name, body)
      response.end()
    }
  }
  const host = await serve(t, (request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  return { endpoint: `http://${host}`, objects, uploads, asked }
}

async function upload(t: ExecutionContext, endpoint: string, contents: Buffer) {
  const outputs = await temporaryDirectory(t)
  await writeFile(join(outputs, 'a.bin'), contents)
  const access = { kind: 's3', endpoint, region: 'r', bucket: 'b', accessKey: 'a', secretKey: 's' } as const
  const task = taskOf(access, { outputs: [output('a.bin')] })
  const manifest = await uploadOutputs(task, outputs, never, { retries: quick })
  t.is(manifest.files[0]?.sha256, createHash('sha256').update(contents).digest('hex'))
}

/** A fault on the first so many calls of a kind. */
function first(
  count: number,
  call: string,
  fault: (request: IncomingMessage, response: ServerResponse) => unknown,
): Fault {
  let left = count
  return async (asked, request, response) => {
    if (asked !== call || left-- <= 0) return false
    await fault(request, response)
    return true
  }
}

const slowDown = async (request: IncomingMessage, response: ServerResponse) => {
  await bodyOf(request, response)
  response.writeHead(503).end('<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>')
}
const passing: readonly (readonly [string, number, Fault])[] = [
  ['503 for a small file', 10, first(2, 'PUT a.bin', slowDown)],
  ['503 at the beginning of an upload in parts', 20, first(2, 'POST uploads a.bin', slowDown)],
  ['503 for a part', 20, first(2, 'PUT part 2 a.bin', slowDown)],
  [
    '503 for a part, before it was sent',
    20,
    first(1, 'PUT part 1 a.bin', (_, response) => response.writeHead(503).end()),
  ],
  ['429', 10, first(1, 'PUT a.bin', (_, response) => response.writeHead(429).end())],
  ['a reset before the answer', 20, first(2, 'PUT part 3 a.bin', (request) => request.socket.destroy())],
  [
    'a reset in the middle of a part',
    20,
    first(2, 'PUT part 1 a.bin', async (request, response) => {
      response.writeContinue()
      for await (const chunk of request as AsyncIterable<Buffer>) if (chunk.byteLength > 0) break
      request.socket.destroy()
    }),
  ],
  [
    'a 200 whose body is an error',
    20,
    first(1, 'POST complete a.bin', async (request, response) => {
      await bodyOf(request, response)
      response.end('<?xml version="1.0"?>\n<Error><Code>InternalError</Code><Message>sorry</Message></Error>')
    }),
  ],
  [
    'an upload that the store forgot',
    20,
    first(1, 'PUT part 2 a.bin', (_, response) =>
      response.writeHead(404).end('<Error><Code>NoSuchUpload</Code></Error>'),
    ),
  ],
  ...([401, 403, 404] as const).map((status): (typeof passing)[number] => [
    `a ${status} of somebody in front of the store, who gives no code`,
    10,
    first(3, 'PUT a.bin', (_, response) => response.writeHead(status).end('<html>404 page not found</html>')),
  ]),
  [
    'a 400 that means a connection too slow',
    10,
    first(1, 'PUT a.bin', (_, response) => response.writeHead(400).end('<Error><Code>RequestTimeout</Code></Error>')),
  ],
]
for (const [what, size, fault] of passing) {
  test(`is survived: ${what}`, async (t) => {
    const store = await faultyStore(t, fault)
    const contents = randomBytes(size * (size > 10 ? MiB : 1000))
    await upload(t, store.endpoint, contents)
    t.true(store.objects.get('a.bin')?.equals(contents))
    t.is(store.uploads.size, 0)
    t.is(store.asked.at(-1), 'PUT manifest.json')
  })
}

test('a server that knows no leave to send gets the body all the same', async (t) => {
  const store = await faultyStore(t, (_, request) => {
    delete request.headers.expect
    return false
  })
  await upload(t, store.endpoint, randomBytes(100_000))
  t.true(store.objects.has('a.bin'))
})

test('when the answer that parts are complete was lost, the file is sent anew', async (t) => {
  let lost = false
  const store = await faultyStore(t, (asked, request) => {
    if (asked !== 'POST complete a.bin' || lost) return false
    lost = true
    // It was complete, so the store knows the upload no more.
    store.uploads.clear()
    request.socket.destroy()
    return true
  })
  const contents = randomBytes(20 * MiB)
  await upload(t, store.endpoint, contents)
  t.true(store.objects.get('a.bin')?.equals(contents))
  t.is(store.asked.filter((asked) => asked === 'POST uploads a.bin').length, 2)
})

test('a manifest whose answer was lost counts as ours', async (t) => {
  let lost = false
  const store = await faultyStore(t, async (asked, request, response) => {
    if (asked !== 'PUT manifest.json' || lost) return false
    lost = true
    store.objects.set('manifest.json', await bodyOf(request, response))
    request.socket.destroy()
    return true
  })
  await upload(t, store.endpoint, Buffer.from('x'))
  t.is(store.asked.filter((asked) => asked === 'PUT manifest.json').length, 2)
})

test('a manifest that was there at the first try is of another run', async (t) => {
  const store = await faultyStore(t, () => false)
  store.objects.set('manifest.json', Buffer.from('other'))
  const error = await t.throwsAsync(upload(t, store.endpoint, Buffer.from('x')))
  t.true(error instanceof SidecarFailure && error.code === 'upload-failed')
  t.regex(error?.message ?? '', /another run of the same attempt was faster/)
  t.is(store.objects.get('manifest.json')?.toString(), 'other')
})

for (const size of [10, 5 * MiB, 20 * MiB]) {
  test(`403 is final and its reason arrives, though the body was not taken: ${size} bytes`, async (t) => {
    const store = await faultyStore(t, (asked, _, response) => {
      if (!asked.startsWith('PUT')) return false
      response.writeHead(403, { connection: 'close' })
      response.end('<Error><Code>ExpiredToken</Code><Message>The token &quot;t&quot; has expired.</Message></Error>')
      return true
    })
    const error = await t.throwsAsync(upload(t, store.endpoint, randomBytes(size)))
    t.true(error instanceof SidecarFailure && error.code === 'upload-failed')
    t.regex(
      error?.message ?? '',
      /a\.bin could not be stored: .*ExpiredToken: The token "t" has expired\. The temporary cred/,
    )
    t.is(store.uploads.size, 0, 'parts were removed')
    t.true(store.asked.filter((asked) => asked.startsWith('PUT')).length <= 4)
  })
}

test('patience ends', async (t) => {
  const outputs = await temporaryDirectory(t)
  await writeFile(join(outputs, 'a.bin'), 'x')
  const access = {
    kind: 's3',
    endpoint: 'http://127.0.0.1:1',
    region: 'r',
    bucket: 'b',
    accessKey: 'a',
    secretKey: 's',
  } as const
  const task = taskOf(access, { outputs: [output('a.bin')] })
  const lines: string[] = []
  const retries = { patienceMs: 200, longestPauseMs: 20 }
  const options = { retries, progress: (line: string) => lines.push(line) }
  const error = await t.throwsAsync(uploadOutputs(task, outputs, never, options))
  t.true(error instanceof SidecarFailure && error.code === 'upload-failed')
  t.regex(error?.message ?? '', /ECONNREFUSED.*; it was tried again without success\. Check that the object store/)
  t.deepEqual(lines.filter((line) => line.includes('trying again')).length, 1, 'told once')
})
