import { createHash } from 'node:crypto'
import test from 'ava'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { type TransferEvent, transition } from '../../core/transfer/transition.ts'
import { isTransitionError } from '../../core/transition-error.ts'
import { resultToken } from '../../entrypoint/gateway/token.ts'
import { eventually } from '../support/eventually.ts'
import { problemOf } from '../support/problem.ts'
import { rawRequest } from '../support/raw-request.ts'
import { computeAsset, register } from './forms.ts'
import { keysBelow, secrets, type Stage, startStage, textOfLog, writeWorker } from './stage.ts'

let stage: Stage
/** A result of one file, and one of several. */
let one: Opened
let several: Opened

interface Opened {
  readonly transfer: Transfer
  readonly path: string
  readonly token: string
  readonly consumerTransferId: string
}

const text = '0123456789'.repeat(10)
const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex')

test.before(async () => {
  stage = await startStage()
  await writeWorker(
    stage,
    'one',
    `import { writeFileSync } from 'node:fs'\nwriteFileSync(process.env.OUTPUT_DIR + '/sum.txt', '${text}')`,
  )
  await writeWorker(
    stage,
    'several',
    `import { mkdirSync, writeFileSync } from 'node:fs'
    const out = process.env.OUTPUT_DIR
    mkdirSync(out + '/plots/deep', { recursive: true })
    writeFileSync(out + '/sum.csv', 'a,b')
    writeFileSync(out + '/plots/a+b@c=d.html', '<script>alert(1)</script>')
    writeFileSync(out + '/plots/deep/empty', '')`,
  )
  await register(stage.adminUrl, { asset: computeAsset('one') })
  const outputs = [
    { name: 'sum.csv', mediaType: 'text/csv;header=present' },
    { name: 'plots', kind: 'directory' as const },
  ]
  await register(stage.adminUrl, { asset: computeAsset('several', { outputs }) })
  ;[one, several] = await Promise.all([opened('one'), opened('several')])
})
test.after.always(() => stage.close())

/** Runs a job for a transfer until its result is open, and gives its address. */
async function opened(assetId: string): Promise<Opened> {
  const { consumerTransferId, providerTransferId } = stage.connector.request(assetId)
  await stage.connector.started(consumerTransferId)
  const transfer = await eventually('the transfer is granted', async () => {
    const [found] = await stage.store.transfersOfProcess('provider', providerTransferId)
    return found?.state === 'granted' ? { done: found } : { pending: String(found?.state) }
  })
  return {
    transfer,
    path: `/results/${transfer.id}`,
    token: resultToken(secrets.tokenKey, transfer),
    consumerTransferId,
  }
}

function get(
  { path, token }: Opened,
  below = '',
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Response> {
  return fetch(stage.publicUrl + path + below, { method, headers: { Authorization: `Bearer ${token}`, ...headers } })
}

/** Applies an event to a transfer in the store, as the engine would. */
async function happen(id: string, event: TransferEvent): Promise<void> {
  const found = await stage.store.transfer(id)
  const value = found === undefined ? undefined : transition(found.value, event, Date.now())
  if (found === undefined || value === undefined || isTransitionError(value)) throw new Error('it cannot happen')
  if ((await stage.store.commit({ transfer: { value, revision: found.revision } })) !== 'done') await happen(id, event)
}

test('a result of one file is that file, at the base and by its path', async (t) => {
  for (const below of ['', '/files/sum.txt']) {
    const response = await get(one, below)
    t.is(response.status, 200)
    t.is(await response.text(), text)
    const headers = Object.fromEntries(response.headers)
    t.like(headers, {
      'content-type': 'text/plain;charset=utf-8',
      'content-length': '100',
      'accept-ranges': 'bytes',
      etag: `"${sha256(text)}"`,
      'repr-digest': `sha-256=:${createHash('sha256').update(text).digest('base64')}:`,
      'content-disposition': 'attachment; filename="sum.txt"',
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
    })
    t.regex(headers['content-security-policy'] ?? '', /sandbox/)
  }
})

test('HEAD tells the same and sends nothing', async (t) => {
  for (const [result, below] of [
    [one, ''],
    [one, '/files/sum.txt'],
    [several, '/files/sum.csv'],
    [several, '/files/plots/deep/empty'],
  ] as const) {
    const full = await get(result, below)
    const head = await get(result, below, {}, 'HEAD')
    t.is(head.status, 200)
    t.is(await head.text(), '')
    await full.text()
    for (const name of ['content-type', 'content-length', 'etag', 'accept-ranges'])
      t.is(head.headers.get(name), full.headers.get(name), name)
  }
})

test('a part is sent as asked for', async (t) => {
  for (const [range, content, contentRange] of [
    ['bytes=0-9', '0123456789', 'bytes 0-9/100'],
    ['bytes=95-', '56789', 'bytes 95-99/100'],
    ['bytes=-3', '789', 'bytes 97-99/100'],
    ['bytes=98-1000', '89', 'bytes 98-99/100'],
  ] as const) {
    const response = await get(one, '', { Range: range })
    t.is(response.status, 206, range)
    t.is(await response.text(), content)
    t.is(response.headers.get('content-range'), contentRange)
    t.is(response.headers.get('content-length'), String(content.length))
  }
  const whole = await get(one, '', { Range: 'bytes=0-1,5-6' })
  t.is(whole.status, 200, 'several ranges are ignored')
  t.is(await whole.text(), text)
})

test('a part outside the file is refused with its length', async (t) => {
  const response = await get(one, '', { Range: 'bytes=100-' })
  t.is(response.headers.get('content-range'), 'bytes */100')
  t.is((await problemOf(response)).code, 'range-not-satisfiable')
})

test('a range counts for GET only', async (t) => {
  const response = await get(one, '', { Range: 'bytes=0-1' }, 'HEAD')
  t.is(response.status, 200)
  t.is(response.headers.get('content-length'), '100')
})

test('a part is sent only where the file is still the one that was begun', async (t) => {
  const same = await get(one, '', { Range: 'bytes=0-1', 'If-Range': `"${sha256(text)}"` })
  t.is(same.status, 206)
  for (const validator of [`"${sha256('other')}"`, `W/"${sha256(text)}"`, 'Wed, 21 Oct 2015 07:28:00 GMT']) {
    const response = await get(one, '', { Range: 'bytes=0-1', 'If-Range': validator })
    t.is(response.status, 200, validator)
    t.is((await response.text()).length, 100)
  }
})

for (const [query, content, contentRange] of [
  ['?offset=0', text, null],
  ['?offset=0&length=1000', text, null],
  ['?offset=95', '56789', 'bytes 95-99/100'],
  ['?offset=10&length=10', '0123456789', 'bytes 10-19/100'],
  ['?length=3', '012', 'bytes 0-2/100'],
  ['?offset=98&length=999999999999999', '89', 'bytes 98-99/100'],
  ['?colour=red&offset=99', '9', 'bytes 99-99/100'],
] as const) {
  test(`${query} stands in place of a Range header`, async (t) => {
    for (const headers of [{}, { Range: 'bytes=1-1' }]) {
      const response = await get(one, `/files/sum.txt${query}`, headers)
      t.is(response.status, contentRange === null ? 200 : 206)
      t.is(response.headers.get('content-range'), contentRange)
      t.is(response.headers.get('content-length'), String(content.length))
      t.is(await response.text(), content)
    }
  })
}

test('an offset behind the end is refused with the length of the file, but for all of an empty one', async (t) => {
  for (const query of ['?offset=100', '?offset=101&length=1']) {
    const response = await get(one, query)
    t.is(response.headers.get('content-range'), 'bytes */100')
    t.is((await problemOf(response)).code, 'range-not-satisfiable')
  }
  const empty = await get(several, '/files/plots/deep/empty?offset=0')
  t.is(empty.status, 200)
  t.is(await empty.text(), '')
})

for (const query of [
  '?offset=',
  '?offset=-1',
  '?offset=1.5',
  '?offset=0x1',
  '?offset=many',
  '?offset=1e2',
  '?offset=1000000000000000',
  '?offset=1&offset=2',
  '?offset=%2B1',
  '?length=0',
  '?length=00',
  '?offset=1&length=',
  '?offset=1&length=-1',
]) {
  test(`${query} is refused, as the whole in place of a part would spoil what the reader has`, async (t) => {
    for (const method of ['GET', 'HEAD']) t.is((await get(one, query, {}, method)).status, 400)
    t.is((await problemOf(await get(one, query))).code, 'invalid-query')
  })
}

test('an offset counts for GET only, and where the file is still the one that was begun', async (t) => {
  const head = await get(one, '?offset=95', {}, 'HEAD')
  t.is(head.status, 200)
  t.is(head.headers.get('content-length'), '100')
  t.is((await get(one, '?offset=95', { 'If-Range': `"${sha256(text)}"` })).status, 206)
  t.is((await get(one, '?offset=95', { 'If-Range': `"${sha256('other')}"` })).status, 200)
})

test('an offset has no meaning for the listing and the manifest', async (t) => {
  for (const below of ['', '/manifest.json']) {
    const { totalBytes } = (await (await get(several, `${below}?offset=1`)).json()) as { totalBytes: number }
    t.true(totalBytes > 0)
  }
})

test('who has the file already is told so', async (t) => {
  const response = await get(one, '', { 'If-None-Match': `"${sha256(text)}"` })
  t.is(response.status, 304)
  t.is(await response.text(), '')
})

test('a result of several files is a listing, each at its address', async (t) => {
  const response = await get(several)
  t.regex(response.headers.get('content-type') ?? '', /^application\/json/)
  const listing = (await response.json()) as {
    files: { path: string; href: string; size: number; sha256: string; mediaType?: string }[]
    totalBytes: number
  }
  t.deepEqual(
    listing.files.map(({ path }) => path),
    ['plots/a+b@c=d.html', 'plots/deep/empty', 'sum.csv'],
  )
  t.is(
    listing.totalBytes,
    listing.files.reduce((sum, { size }) => sum + size, 0),
  )
  for (const { href, size, sha256: digest } of listing.files) {
    const file = await get(several, `/${href}`)
    t.is(file.status, 200, href)
    const content = await file.text()
    t.is(content.length, size)
    t.is(sha256(content), digest)
  }
})

test('a declared media type is kept with its parameters; what was declared nothing of is bytes, and never a web page', async (t) => {
  t.is((await get(several, '/files/sum.csv')).headers.get('content-type'), 'text/csv;header=present')
  const page = await get(several, '/files/plots/a+b@c=d.html')
  t.is(page.headers.get('content-type'), 'application/octet-stream')
  t.regex(page.headers.get('content-disposition') ?? '', /^attachment/)
})

test('the manifest is served as it was registered', async (t) => {
  const response = await get(several, '/manifest.json')
  const result = await stage.store.result(several.transfer.jobId)
  t.deepEqual(await response.json(), JSON.parse(JSON.stringify(result?.manifest)))
})

test('an encoded path is the same path', async (t) => {
  t.is((await get(several, '/files/plots/a%2Bb%40c%3Dd.html')).status, 200)
})

const tricks = [
  '/files/nothing',
  '/files/plots',
  '/files/plots/',
  '/files//sum.csv',
  '/files/SUM.CSV',
  '/files/./sum.csv',
  '/files/plots/../sum.csv',
  '/files/../manifest.json',
  '/files/../../../../etc/passwd',
  '/files/%2e%2e/manifest.json',
  '/files/..%2fmanifest.json',
  '/files/%2e%2e%2f%2e%2e%2fmanifest.json',
  '/files/plots%2f..%2f..%2fsum.csv',
  '/files/%2fetc%2fpasswd',
  '/files/sum.csv%00',
  '/files/sum.csv%00.html',
  '/files/..%5c..%5csum.csv',
  '/files/%zz',
  '/files/%c0%ae%c0%ae/sum.csv',
]
for (const trick of tricks) {
  test(`${trick} leads nowhere`, async (t) => {
    const { status, headers, body } = await rawRequest(stage.publicUrl, several.path + trick, {
      headers: { Authorization: `Bearer ${several.token}` },
    })
    t.true(status === 404 || status === 400, `${status} ${body}`)
    t.regex(String(headers['content-type']), /^application\/problem\+json/)
    t.false(body.includes('root:'))
  })
}

test('without the right token nothing opens, and all refusals are alike', async (t) => {
  const { path, token, transfer } = one
  const wrong: readonly (readonly [title: string, path: string, headers: Record<string, string>])[] = [
    ['no token', path, {}],
    ['a wrong token', path, { Authorization: `Bearer ${token.startsWith('A') ? 'B' : 'A'}${token.slice(1)}` }],
    ['the token of another transfer', path, { Authorization: `Bearer ${several.token}` }],
    [
      'the token of another generation',
      path,
      { Authorization: `Bearer ${resultToken(secrets.tokenKey, { id: transfer.id, generation: 2 })}` },
    ],
    ['the token without Bearer', path, { Authorization: token }],
    ['the token as a query', `${path}?token=${token}`, {}],
    ['a transfer that is not there', '/results/nobody', { Authorization: `Bearer ${token}` }],
    ['a file that is not there', `${path}/files/nothing`, {}],
    ['the archive', `${path}/files.zip`, {}],
    ['an impossible part', `${path}/files/sum.txt?offset=many`, {}],
    ['a transfer called like what objects inherit', '/results/constructor', { Authorization: `Bearer ${token}` }],
  ]
  const details = new Set<string>()
  for (const [title, target, headers] of wrong) {
    const response = await fetch(stage.publicUrl + target, { headers })
    t.is(response.status, 401, title)
    t.is(response.headers.get('etag'), null)
    details.add((await problemOf(response)).detail)
  }
  t.is(details.size, 1)
})

test('while a transfer is suspended its result is closed, and opens again with the same token', async (t) => {
  const result = await opened('one')
  await happen(result.transfer.id, { type: 'suspended' })
  t.is((await problemOf(await get(result))).code, 'result-suspended')
  await happen(result.transfer.id, { type: 'resumed' })
  t.is((await get(result)).status, 200)
})

test('an object that is not as the manifest says is never sent as if it were', async (t) => {
  const result = await opened('one')
  const key = `jobs/${result.transfer.jobId}/attempts/1/files/sum.txt`
  for (const [title, content] of [
    ['shorter', 'x'.repeat(99)],
    ['longer', 'x'.repeat(101)],
  ] as const) {
    await stage.objects.put(key, content, 'text/plain')
    for (const below of ['', '/files.zip'])
      await t.throwsAsync(
        async () => (await get(result, below)).arrayBuffer(),
        { message: /terminated|fetch failed/ },
        `${title} ${below}`,
      )
  }
  await stage.objects.removeAll(key)
  t.is((await problemOf(await get(result))).code, 'internal')
})

test('a result that was removed is gone, while the transfer lasts', async (t) => {
  const result = await opened('one')
  await stage.store.markResult(result.transfer.jobId, { removedAt: Date.now() })
  for (const below of ['', '/files/sum.txt', '/files.zip', '/manifest.json'])
    t.is((await problemOf(await get(result, below))).code, 'result-gone', below)
})

test('when the consumer ends its transfer, the token is dead and the result is removed', async (t) => {
  const result = await opened('several')
  stage.connector.terminate(result.consumerTransferId, 'seen enough')
  await eventually('the result is closed', async () => {
    const { status } = await get(result)
    return status === 401 ? { done: status } : { pending: String(status) }
  })
  await eventually('the files are gone', async () => {
    const keys = await keysBelow(stage.objects, `jobs/${result.transfer.jobId}/attempts/1/files/`)
    return keys.length === 0 ? { done: undefined } : { pending: keys.join() }
  })
  t.like((await stage.store.transfer(result.transfer.id))?.value, { state: 'ended', outcome: 'terminated' })
})

test('an address without a result behind it says so', async (t) => {
  t.is((await problemOf(await fetch(`${stage.publicUrl}/results`))).code, 'not-found')
  t.is((await problemOf(await get(one, '/nothing'))).code, 'not-found')
  t.is((await problemOf(await get(one, '', {}, 'DELETE'))).code, 'method-not-allowed')
})

test.after('no token and no key was logged', (t) => {
  const log = textOfLog(stage.log)
  t.true(log.includes('/results/:transferId'), 'the log holds the requests')
  for (const secret of [...Object.values(secrets), one.token, several.token]) t.false(log.includes(secret))
})
