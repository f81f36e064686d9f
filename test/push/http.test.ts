import { hash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import test from 'ava'
import { filesPrefix } from '../../core/job/names.ts'
import { parseManifest } from '../../core/result/manifest.ts'
import { eventually } from '../support/eventually.ts'
import { programTest } from '../support/program-test.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { recordingSink } from './recording-sink.ts'
import { httpAddress, stageOf } from './stage.ts'

const several = { 'metrics.csv': 'a,b\n1,2\n', 'plots/loss.svg': '<svg/>', empty: '' }
const large = randomBytes(3 * 2 ** 20)

test('a sole file is posted to the address, as EDC’s sink does it, with its length and digest', async (t) => {
  const sink = await recordingSink(t)
  const stage = await stageOf(t, { 'out/counts.csv': 'a,1\n' })
  const address = httpAddress(`${sink.url}?sig=x`, { authKey: 'X-Api-Key', authCode: 'k', 'header:X-Tenant': 'me' })
  t.deepEqual(await stage.push(address), { outcome: 'delivered', bytes: 4, files: 1 })
  t.is(sink.received.length, 1)
  t.like(sink.received[0], { method: 'POST', url: '/in?sig=x', body: Buffer.from('a,1\n') })
  t.like(sink.received[0]?.headers, {
    'content-type': 'text/csv',
    'content-length': '4',
    'content-disposition': 'attachment; filename="counts.csv"',
    'repr-digest': `sha-256=:${hash('sha256', 'a,1\n', 'base64')}:`,
    'x-api-key': 'k',
    'x-tenant': 'me',
  })
})

test('method and contentType hold for a sole file', async (t) => {
  const sink = await recordingSink(t)
  const stage = await stageOf(t, { 'counts.csv': 'a,1\n' })
  await stage.push(httpAddress(sink.url, { method: 'PUT', contentType: 'text/plain' }))
  t.like(sink.received[0], { method: 'PUT', url: '/in' })
  t.is(sink.received[0]?.headers['content-type'], 'text/plain')
})

test('several files are put below the address, and the manifest when all of them are there', async (t) => {
  const sink = await recordingSink(t)
  const stage = await stageOf(t, several)
  t.deepEqual(await stage.push(httpAddress(`${sink.url}/?sig=x`)), { outcome: 'delivered', bytes: 14, files: 3 })
  const urls = sink.received.map(({ url }) => url)
  t.deepEqual(urls.toSorted(), [
    '/in/empty?sig=x',
    '/in/manifest.json?sig=x',
    '/in/metrics.csv?sig=x',
    '/in/plots/loss.svg?sig=x',
  ])
  t.is(urls.at(-1), '/in/manifest.json?sig=x')
  t.true(sink.received.every(({ method, whole }) => method === 'PUT' && whole))
  t.deepEqual(parseManifest(sink.received.at(-1)?.body.toString() ?? ''), stage.result.manifest)
  t.is(sink.received.find(({ url }) => url.includes('metrics'))?.body.toString(), several['metrics.csv'])
})

test('a sole file goes by its path with a manifest where the destination wants that', async (t) => {
  const sink = await recordingSink(t)
  const stage = await stageOf(t, { 'a/b.txt': 'x' })
  await stage.push(httpAddress(sink.url, { archive: 'none' }))
  t.deepEqual(
    sink.received.map(({ method, url }) => `${method} ${url}`),
    ['PUT /in/a/b.txt', 'PUT /in/manifest.json'],
  )
})

test('a manifest takes no file’s name', async (t) => {
  const sink = await recordingSink(t)
  const stage = await stageOf(t, { 'manifest.json': '{}', '_Manifest.json': '{}' })
  await stage.push(httpAddress(sink.url))
  t.is(sink.received.at(-1)?.url, '/in/__manifest.json')
})

test('a result without files is its manifest', async (t) => {
  const sink = await recordingSink(t)
  const stage = await stageOf(t, {})
  t.deepEqual(await stage.push(httpAddress(sink.url)), { outcome: 'delivered', bytes: 0, files: 0 })
  t.deepEqual(
    sink.received.map(({ url }) => url),
    ['/in/manifest.json'],
  )
})

programTest(['unzip'], 'an archive is what unzip reads, in one request', async (t) => {
  const sink = await recordingSink(t)
  const stage = await stageOf(t, { ...several, 'large.bin': large })
  t.like(await stage.push(httpAddress(sink.url, { archive: 'zip' })), { outcome: 'delivered', files: 4 })
  t.is(sink.received.length, 1)
  t.like(sink.received[0], { method: 'POST', url: '/in', whole: true })
  t.is(sink.received[0]?.headers['content-type'], 'application/zip')
  const path = join(await temporaryFolder(t), 'files.zip')
  await writeFile(path, sink.received[0]?.body ?? '')
  execFileSync('unzip', ['-tq', path])
  t.true(execFileSync('unzip', ['-p', path, 'large.bin'], { maxBuffer: 2 ** 23 }).equals(large))
})

test('a repeated push sends the same bytes under the same keys', async (t) => {
  const sink = await recordingSink(t)
  const stage = await stageOf(t, several)
  await stage.push(httpAddress(sink.url))
  await stage.push(httpAddress(sink.url))
  const [first, second] = [sink.received.slice(0, 4), sink.received.slice(4)].map((half) =>
    half
      .map(({ url, body, headers }) => `${url} ${hash('sha256', body)} ${headers['idempotency-key']?.toString()}`)
      .toSorted(),
  )
  t.deepEqual(first, second)
  t.is(new Set(first?.map((line) => line.split(' ').at(-1))).size, 4, 'each piece has a key of its own')
})

test('nothing is sent before leave where the body is large, so a refusal is read', async (t) => {
  const sink = await recordingSink(t, async (_request, response) => {
    response.writeHead(413).end('secret of the server')
  })
  const stage = await stageOf(t, { 'large.bin': large })
  const outcome = await stage.push(httpAddress(sink.url))
  t.like(outcome, { outcome: 'refused' })
  t.regex(JSON.stringify(outcome), /answered 413/)
  t.notRegex(JSON.stringify(outcome), /secret/, 'what the server says goes to nobody')
  await eventually('the connection ends', async () =>
    sink.received.length === 1 ? { done: true } : { pending: 'it is open' },
  )
  t.is(sink.received[0]?.body.byteLength, 0)
})

test('a server that knows nothing of leave gets the body', async (t) => {
  const sink = await recordingSink(t, (request, response) => {
    request.on('end', () => response.writeHead(200).end())
    return Promise.resolve()
  })
  const stage = await stageOf(t, { 'large.bin': large })
  t.like(await stage.push(httpAddress(sink.url)), { outcome: 'delivered' })
  t.true(sink.received[0]?.body.equals(large))
})

for (const status of [400, 401, 403, 404, 409, 410, 413, 415, 422])
  test(`${status} is a refusal, asked once`, async (t) => {
    const sink = await recordingSink(t, (request, response) => {
      request.resume().on('end', () => response.writeHead(status).end())
      return Promise.resolve()
    })
    const outcome = await (await stageOf(t, several)).push(httpAddress(sink.url))
    t.is(outcome.outcome, 'refused')
    t.regex(JSON.stringify(outcome), new RegExp(`answered ${status}`))
    t.false(sink.received.some(({ url }) => url.includes('manifest')))
    t.is(new Set(sink.received.map(({ url }) => url)).size, sink.received.length)
  })

for (const status of [301, 302, 303, 307, 308])
  test(`${status} is not followed`, async (t) => {
    const other = await recordingSink(t)
    const sink = await recordingSink(t, (request, response) => {
      request.resume().on('end', () => response.writeHead(status, { location: other.url }).end())
      return Promise.resolve()
    })
    const outcome = await (await stageOf(t, { a: 'x' })).push(httpAddress(sink.url))
    t.is(outcome.outcome, 'refused')
    t.regex(JSON.stringify(outcome), /redirects are not followed/)
    t.is(other.connections(), 0)
  })

for (const status of [408, 425, 429, 500, 502, 503, 504, 507])
  test(`${status} is for later, with the pause that is asked for`, async (t) => {
    const sink = await recordingSink(t, (request, response) => {
      request.resume().on('end', () => response.writeHead(status, { 'retry-after': '7' }).end())
      return Promise.resolve()
    })
    const outcome = await (await stageOf(t, several)).push(httpAddress(sink.url))
    t.like(outcome, { outcome: 'later', afterMs: 7_000 })
    t.false(sink.received.some(({ url }) => url.includes('manifest')))
  })

test('a blip of one file costs that file alone', async (t) => {
  const tried = new Map<string, number>()
  const sink = await recordingSink(t, (request, response) => {
    const url = request.url ?? ''
    tried.set(url, (tried.get(url) ?? 0) + 1)
    if (!url.includes('metrics') || tried.get(url) !== 1) return undefined
    request.resume().on('end', () => response.writeHead(503).end())
    return Promise.resolve()
  })
  t.like(await (await stageOf(t, several)).push(httpAddress(sink.url)), { outcome: 'delivered' })
  t.is(sink.received.length, 5)
  t.true(sink.received.at(-1)?.url.includes('manifest'))
})

test('a post is not repeated within a push, where the answer to the first was lost', async (t) => {
  const sink = await recordingSink(t, (request, response) => {
    request.resume().on('end', () => response.destroy())
    return Promise.resolve()
  })
  t.like(await (await stageOf(t, { a: 'x' })).push(httpAddress(sink.url)), { outcome: 'later' })
  t.is(sink.received.length, 1)
})

test('a connection that breaks in the middle of a body is for later', async (t) => {
  const sink = await recordingSink(t, (request, response) => {
    response.writeContinue()
    request.once('data', () => request.socket.resetAndDestroy())
    return Promise.resolve()
  })
  t.like(await (await stageOf(t, { a: large })).push(httpAddress(sink.url)), { outcome: 'later' })
  t.true(sink.received.every(({ whole }) => !whole))
})

test('a success said before the body was there counts only when all of it was sent', async (t) => {
  const early = await recordingSink(t, async (request, response) => {
    response.writeContinue()
    response.writeHead(200).flushHeaders()
    await once(request, 'data')
    request.socket.destroy()
  })
  t.like(await (await stageOf(t, { a: large })).push(httpAddress(early.url)), { outcome: 'later' })
  const patient = await recordingSink(t, async (request, response) => {
    response.writeContinue()
    response.writeHead(200).flushHeaders()
    request.on('end', () => response.end())
  })
  t.like(await (await stageOf(t, { a: large })).push(httpAddress(patient.url)), { outcome: 'delivered' })
  t.true(patient.received[0]?.body.equals(large))
})

test('a refusal in the middle of a body ends the sending', async (t) => {
  const sink = await recordingSink(t, async (request, response) => {
    response.writeContinue()
    await once(request, 'data')
    response.writeHead(507).end()
  })
  t.like(await (await stageOf(t, { a: randomBytes(2 ** 25) })).push(httpAddress(sink.url)), { outcome: 'later' })
  await eventually('the sending ends', async () =>
    sink.received.length === 1 ? { done: true } : { pending: 'it goes on' },
  )
  t.false(sink.received[0]?.whole)
})

test('an answer that breaks off in its middle is none', async (t) => {
  const sink = await recordingSink(t, (request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-length': '10' }).write('five.')
      request.socket.destroySoon()
    })
    return Promise.resolve()
  })
  const outcome = await (await stageOf(t, { a: 'x' })).push(httpAddress(sink.url))
  t.like(outcome, { outcome: 'later' })
  t.notRegex(JSON.stringify(outcome), /five/)
})

test('an answer without an end is not waited for', async (t) => {
  const sink = await recordingSink(t, (request, response) => {
    request.resume().on('end', () => response.writeHead(200).write(' '))
    return Promise.resolve()
  })
  t.like(await (await stageOf(t, { a: 'x' })).push(httpAddress(sink.url), { times: hasty }), { outcome: 'later' })
})

const hasty = { connectMs: 1_000, paceMs: 200, answerMs: 400 }

test('a server that does not answer is given up', async (t) => {
  const sink = await recordingSink(t, (request) => {
    request.resume()
    return Promise.resolve()
  })
  const outcome = await (await stageOf(t, { a: 'x' })).push(httpAddress(sink.url), { times: hasty })
  t.deepEqual(outcome, {
    outcome: 'later',
    reason: 'The result was not delivered: the destination did not answer within 0.4 s.',
  })
})

test('a server that takes nothing is given up', async (t) => {
  const sink = await recordingSink(t, (request, response) => {
    request.pause()
    response.writeContinue()
    return Promise.resolve()
  })
  const outcome = await (await stageOf(t, { a: randomBytes(2 ** 25) })).push(httpAddress(sink.url), { times: hasty })
  t.regex(JSON.stringify(outcome), /took or said next to nothing for 0.2 s/)
})

test('nobody at the port is for later', async (t) => {
  const outcome = await (await stageOf(t, { a: 'x' })).push(httpAddress('http://127.0.0.1:1024/'))
  t.like(outcome, { outcome: 'later' })
  t.regex(JSON.stringify(outcome), /127\.0\.0\.1:1024/)
})

test('an end from outside ends a push at once, and is no outcome', async (t) => {
  const ended = new AbortController()
  const sink = await recordingSink(t, (request, response) => {
    response.writeContinue()
    request.once('data', () => ended.abort(new Error('suspended')))
    return Promise.resolve()
  })
  const stage = await stageOf(t, { a: randomBytes(2 ** 25) })
  await t.throwsAsync(stage.push(httpAddress(sink.url), { signal: ended.signal }), { message: 'suspended' })
  await eventually('the connection ends', async () =>
    sink.received.length === 1 ? { done: true } : { pending: 'it is open' },
  )
  t.false(sink.received[0]?.whole)
})

for (const [what, properties] of [
  ['a sole file', {}],
  ['several files', { archive: 'none' }],
  ['an archive', { archive: 'zip' }],
] as const)
  test(`what is not what its manifest says is never there as a whole: ${what}`, async (t) => {
    const sink = await recordingSink(t)
    const stage = await stageOf(t, { 'a.bin': large })
    const forged = Buffer.from(large)
    forged.writeUInt8(forged.readUInt8(7) ^ 1, 7)
    await stage.objects.put(`${filesPrefix(stage.result)}a.bin`, forged, 'text/plain')
    const outcome = await stage.push(httpAddress(sink.url, properties))
    t.deepEqual(outcome, { outcome: 'later', reason: 'The provider cannot read the result at the moment.' })
    await eventually('the request ends', async () =>
      sink.received.length === 1 ? { done: true } : { pending: 'it is open' },
    )
    t.false(sink.received[0]?.whole)
    t.like(stage.log.lines[0], { level: 'error', fields: { jobId: 'job-1' } }, 'the operator is told')
  })

test('a destination that may not be is refused before anything is sent, and no secret of it is told', async (t) => {
  const sink = await recordingSink(t)
  const stage = await stageOf(t, { a: 'x' })
  const rules = { allowed: [], plainHttp: true }
  const outcome = await stage.push(httpAddress(sink.url, { authKey: 'X', authCode: 'canary' }), { rules })
  t.like(outcome, { outcome: 'refused' })
  t.regex(JSON.stringify(outcome), /baseUrl is not at a public address/)
  t.notRegex(JSON.stringify(outcome) + JSON.stringify(stage.log.lines), /canary/)
  t.is(sink.connections(), 0)
})

test('a name is resolved once: what it stands for later does not matter', async (t) => {
  const sink = await recordingSink(t)
  const { port } = new URL(sink.url)
  let asked = 0
  const resolver = async () => [{ address: (asked += 1) === 1 ? '127.0.0.1' : '10.255.255.1', family: 4 }]
  const stage = await stageOf(t, several)
  const outcome = await stage.push(httpAddress(`http://sink.example:${port}/in`), { resolver })
  t.like(outcome, { outcome: 'delivered' })
  t.is(asked, 1)
  t.is(sink.received[0]?.headers.host, `sink.example:${port}`)
})

test('connections are kept for many files', async (t) => {
  const sink = await recordingSink(t)
  const stage = await stageOf(
    t,
    Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`f${index}`, `${index}`])),
  )
  t.like(await stage.push(httpAddress(sink.url)), { outcome: 'delivered', files: 60 })
  t.true(sink.connections() <= 5, `${sink.connections()} connections`)
})
