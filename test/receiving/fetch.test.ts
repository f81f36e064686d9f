import { createHash } from 'node:crypto'
import test from 'ava'
import { httpServer } from '../support/http-server.ts'
import { textOfLog } from '../http/stage.ts'
import { cutAfter, gateway, manifestOf, secretToken, sendPart } from './gateway.ts'
import { receiver } from './receiver.ts'

const files = { 'a.txt': 'first', 'b/c.txt': 'second file', empty: '' }

test('a result of several files is fetched, verified and told of', async (t) => {
  const provider = await gateway(t, files)
  const { pull, run, find, held, told } = await receiver(t)
  const processId = await pull(provider.address)
  t.is((await find(processId)).state, 'fetching')
  await run()
  const reception = await find(processId)
  t.like(reception, { flow: 'completed', state: 'received', source: undefined })
  t.like(reception.content, { verifiedBy: 'manifest', totalBytes: 16 })
  t.deepEqual(reception.content?.files, manifestOf(files).files)
  const { 'manifest.json': manifest, ...rest } = await held(processId)
  t.deepEqual(JSON.parse(manifest ?? ''), manifestOf(files))
  t.deepEqual(rest, { 'files/a.txt': 'first', 'files/b/c.txt': 'second file', 'files/empty': '' })
  t.deepEqual(
    told.map(({ kind, status }) => `${kind} ${status.state} ${status.flowId === processId}`),
    ['completed COMPLETED true'],
  )
})

test('where it is not wanted, nobody is told', async (t) => {
  const provider = await gateway(t, files)
  const { pull, run, find, told } = await receiver(t, { rules: { complete: false } })
  const processId = await pull(provider.address)
  await run()
  t.like(await find(processId), { flow: 'started', state: 'received' })
  t.deepEqual(told, [])
})

test('202 is asked again when the provider says, and what it says is shown', async (t) => {
  const provider = await gateway(t, files)
  let waits = 3
  provider.intercept((_request, response) => {
    if (waits <= 0) return false
    waits -= 1
    const headers = { 'content-type': 'application/json', 'retry-after': '7' }
    response.writeHead(202, headers).end(JSON.stringify({ state: 'running', progress: 1 }))
    return true
  })
  const { pull, run, find, store, parts } = await receiver(t)
  const processId = await pull(provider.address)
  await run(1)
  t.like(await find(processId), { state: 'fetching', waitsFor: 'running' })
  const due = (await store.nextDue()) ?? 0
  t.true(due - parts.clock.now() > 5_000 && due - parts.clock.now() <= 7_000, String(due - parts.clock.now()))
  await run()
  t.like(await find(processId), { state: 'received', waitsFor: undefined })
  t.is(provider.requests.filter((request) => request === '/result/manifest.json').length, 4)
})

test('a connection that breaks is gone on from with Range', async (t) => {
  const text = 'x'.repeat(300_000) + 'y'.repeat(300_000)
  const provider = await gateway(t, { large: text })
  let cuts = 2
  provider.intercept((request, response) => {
    if (!request.url?.endsWith('/large') || cuts === 0) return false
    cuts -= 1
    if (request.headers.range === undefined) cutAfter(response, Buffer.from(text), 100_000)
    else {
      const start = Number(/\d+/.exec(request.headers.range)?.[0])
      response.writeHead(206, { 'content-range': `bytes ${start}-${text.length - 1}/${text.length}` })
      response.write(Buffer.from(text).subarray(start, start + 150_000), () => response.destroy())
    }
    return true
  })
  const { pull, run, find, held } = await receiver(t)
  const processId = await pull(provider.address)
  await run()
  t.is((await find(processId)).state, 'received')
  t.true((await held(processId))['files/large'] === text)
  const asked = provider.requests.filter((request) => request.includes('/large'))
  t.is(asked.length, 3)
  t.deepEqual(
    asked.slice(1).map((request) => /bytes=\d+-$/.test(request)),
    [true, true],
  )
})

test('behind a data plane that passes no Range on, and ends what broke off in good order, it is gone on from by offset', async (t) => {
  const text = 'z'.repeat(50_000) + 'the end'
  const provider = await gateway(t, { large: text })
  let first = true
  provider.intercept((request, response) => {
    const url = new URL(request.url ?? '/', 'http://x')
    if (!url.pathname.endsWith('/large')) return false
    const offset = Number(url.searchParams.get('offset') ?? 0)
    const whole = Buffer.from(text).subarray(offset)
    response.writeHead(200) // no length: in chunks
    response.end(first ? whole.subarray(0, 20_000) : whole)
    first = false
    return true
  })
  const { pull, run, find, held } = await receiver(t)
  const processId = await pull(provider.address)
  await run()
  t.is((await find(processId)).state, 'received')
  t.true((await held(processId))['files/large'] === text)
  t.deepEqual(
    provider.requests.filter((request) => request.includes('/large')),
    ['/result/files/large', '/result/files/large bytes=20000-', '/result/files/large?offset=20000'],
  )
})

test('a file that arrives as another one is refused, however often, and nothing of it is kept', async (t) => {
  const manifest = manifestOf({ ...files, 'a.txt': 'FIRST' })
  const provider = await gateway(t, files, manifest)
  const { pull, run, find, held, told, log } = await receiver(t)
  const processId = await pull(provider.address)
  await run()
  const reception = await find(processId)
  t.like(reception, { state: 'failed', flow: 'started', failure: { cause: 'wrong-content' } })
  t.regex(reception.failure?.message ?? '', /a\.txt .* SHA-256/)
  t.false(Object.keys(await held(processId)).includes('files/a.txt'))
  t.is(provider.requests.filter((request) => request === '/result/files/a.txt').length, 3)
  t.deepEqual(
    told.map(({ kind, status }) => [kind, status.error?.split(':')[0]]),
    [['errored', 'wrong-content']],
  )
  t.notRegex(textOfLog(log), new RegExp(secretToken))
})

for (const [what, manifest, cause] of [
  ['a file that is longer', manifestOf({ ...files, 'a.txt': 'f' }), 'wrong-content'],
  ['a file that is shorter', manifestOf({ ...files, 'a.txt': 'first and more' }), 'wrong-content'],
  ['a manifest whose sum is wrong', { ...manifestOf(files), totalBytes: 1 }, 'invalid-manifest'],
  [
    'a path that climbs',
    { ...manifestOf(files), files: manifestOf(files).files.map((one) => ({ ...one, path: `../${one.path}` })) },
    'invalid-manifest',
  ],
  ['a file that is not there', manifestOf({ ...files, more: 'more' }), 'access-refused'],
] as const) {
  test(`${what} ends it as ${cause}`, async (t) => {
    const provider = await gateway(t, files, manifest)
    const { pull, run, find } = await receiver(t, { rules: { patienceMs: 1_000 } })
    const processId = await pull(provider.address)
    await run()
    t.like((await find(processId)).failure, { cause })
  })
}

test('more than is taken is refused before it is fetched', async (t) => {
  const provider = await gateway(t, files)
  const { pull, run, find } = await receiver(t, { rules: { maximumBytes: 15 } })
  const processId = await pull(provider.address)
  await run()
  t.like((await find(processId)).failure, { cause: 'too-large' })
  t.deepEqual(provider.requests, ['/result/manifest.json'])
})

test('another data plane: one body is one file, named and verified by what its head says', async (t) => {
  const body = '{"any": "json"}'
  const digest = createHash('sha256').update(body).digest('base64')
  const url = await httpServer(t, (request, response) => {
    if (request.url !== '/data?sig=1') return void response.writeHead(500).end()
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-disposition': 'inline; filename="numbers.json"',
      'repr-digest': `sha-256=:${digest}:`,
    })
    response.end(body)
  })
  const { pull, run, find, held } = await receiver(t, { rules: { manifest: 'required' } })
  const processId = await pull({ endpointType: 'HttpData', endpoint: `${url}/data?sig=1`, properties: {} })
  await run()
  const { content } = await find(processId)
  t.like(content, { verifiedBy: 'digest', totalBytes: 15 })
  t.like(content?.files[0], { path: 'numbers.json', mediaType: 'application/json' })
  t.deepEqual(await held(processId), { 'files/numbers.json': body })
})

test('without a digest it is taken as it is, unless that is not wanted; a long body goes on where it broke off', async (t) => {
  const bytes = Buffer.from('q'.repeat(200_000))
  let cut = false
  const url = await httpServer(t, (request, response) => {
    if (request.url !== '/some.bin') return void response.writeHead(404).end()
    if (!cut) {
      cut = true
      return cutAfter(response, bytes, 70_000, { etag: '"one"' })
    }
    return sendPart(request, response, bytes)
  })
  const address = { endpointType: 'HttpData', endpoint: `${url}/some.bin`, properties: {} }
  const one = await receiver(t)
  const taken = await one.pull(address)
  await one.run()
  t.like((await one.find(taken)).content, { verifiedBy: 'nothing', totalBytes: 200_000 })
  t.true((await one.held(taken))['files/some.bin'] === bytes.toString())
  const strict = await receiver(t, { rules: { manifest: 'required' } })
  const refused = await strict.pull(address)
  await strict.run()
  t.like((await strict.find(refused)).failure, { cause: 'no-manifest' })
})

test('a listing does in place of a manifest', async (t) => {
  const provider = await gateway(t, files)
  const { files: listed, totalBytes } = manifestOf(files)
  provider.intercept((request, response) => {
    if (request.url === '/result/manifest.json') response.writeHead(500).end()
    else if (request.url === '/result') {
      const listing = { files: listed.map((one) => ({ ...one, href: `files/${one.path}` })), totalBytes }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(listing))
    } else return false
    return true
  })
  const { pull, run, find } = await receiver(t)
  const processId = await pull(provider.address)
  await run()
  t.like((await find(processId)).content, { verifiedBy: 'listing', totalBytes: 16 })
})

test('a job that failed at the provider is told of in its words', async (t) => {
  const provider = await gateway(t, files)
  provider.intercept((request, response) => {
    if (request.url === '/result/manifest.json') {
      const body = JSON.stringify({ code: 'result-unknown', detail: 'There is no result yet.' })
      response.writeHead(404, { 'content-type': 'application/problem+json' }).end(body)
    } else {
      const failure = { cause: 'exit-code', title: 'The worker ended with an error', message: 'It exited with 3.' }
      const headers = { 'content-type': 'application/json; charset=utf-8' }
      response.writeHead(200, headers).end(JSON.stringify({ state: 'failed', failure }))
    }
    return true
  })
  const { pull, run, find } = await receiver(t)
  const processId = await pull(provider.address)
  await run()
  const { failure } = await find(processId)
  t.deepEqual(failure, { cause: 'job-failed', message: 'The worker ended with an error: It exited with 3.' })
})

test('a refusal is final, and shows no token; a suspension on the other side is not', async (t) => {
  const provider = await gateway(t, files)
  const { pull, run, find } = await receiver(t)
  const wrong = await pull({ ...provider.address, properties: { authorization: 'wrong-one', authType: 'bearer' } })
  await run()
  const { failure } = await find(wrong)
  t.is(failure?.cause, 'access-refused')
  t.notRegex(failure?.message ?? '', /wrong-one/)
  let suspended = true
  provider.intercept((_request, response) => {
    if (!suspended) return false
    response.writeHead(403).end(JSON.stringify({ code: 'result-suspended', detail: 'The transfer is suspended.' }))
    return true
  })
  const right = await pull(provider.address)
  await run(2)
  t.like(await find(right), { state: 'fetching' })
  suspended = false
  await run()
  t.is((await find(right)).state, 'received')
})

test('who does not answer for too long has failed; who does again in between has not', async (t) => {
  const provider = await gateway(t, files)
  let down = true
  provider.intercept((_request, response) => {
    if (down) response.writeHead(503).end()
    return down
  })
  const { pull, run, find } = await receiver(t)
  const processId = await pull(provider.address)
  await run(2)
  t.truthy((await find(processId)).troubleSince)
  down = false
  await run()
  t.like(await find(processId), { state: 'received', troubleSince: undefined })
  down = true
  const second = await pull(provider.address)
  await run()
  t.like(await find(second), { state: 'failed', failure: { cause: 'unreachable' } })
})

test('private addresses are called only where their host is allowed, also behind a redirect', async (t) => {
  const provider = await gateway(t, files)
  const strict = await receiver(t, { rules: { allowedHosts: [] } })
  const processId = await strict.pull(provider.address)
  await strict.run()
  const { failure } = await strict.find(processId)
  t.is(failure?.cause, 'address-refused')
  t.regex(failure?.message ?? '', /127\.0\.0\.1.*DSC_RECEIVE_HOSTS/)
  t.deepEqual(provider.requests, [])
  const { host } = new URL(provider.address.endpoint ?? '')
  const redirecting = await httpServer(t, (_request, response) => {
    response.writeHead(302, { location: `http://${host}/result` }).end()
  })
  const open = await receiver(t, { rules: { allowedHosts: [new URL(redirecting).host] } })
  const redirected = await open.pull({ ...provider.address, endpoint: redirecting })
  await open.run()
  t.like((await open.find(redirected)).failure, { cause: 'address-refused' })
  t.deepEqual(provider.requests, [])
})

test('a redirect takes no credentials to another origin', async (t) => {
  const seen: (string | undefined)[] = []
  const other = await httpServer(t, (request, response) => {
    seen.push(request.headers.authorization)
    response.writeHead(200).end('data')
  })
  const first = await httpServer(t, (request, response) => {
    seen.push(request.headers.authorization)
    if (request.url === '/file.txt') response.writeHead(307, { location: other }).end()
    else response.writeHead(404).end()
  })
  const { pull, run, find } = await receiver(t)
  const properties = { authorization: secretToken, authType: 'bearer' }
  const processId = await pull({ endpointType: 'HttpData', endpoint: `${first}/file.txt`, properties })
  await run()
  t.is((await find(processId)).state, 'received')
  t.deepEqual(seen, [`Bearer ${secretToken}`, `Bearer ${secretToken}`, undefined])
})

test('files go when their retention is over, and can be fetched again while the transfer lasts', async (t) => {
  const provider = await gateway(t, files)
  const { pull, run, find, held } = await receiver(t, { rules: { retentionMs: 3_600_000, complete: false } })
  const processId = await pull(provider.address)
  await run()
  t.like(await find(processId), { state: 'removed', flow: 'started' })
  t.deepEqual(await held(processId), {})
})
