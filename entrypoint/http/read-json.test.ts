import { connect } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { eventually } from '../../test/support/eventually.ts'
import { appServer } from '../../test/support/app-server.ts'
import { rawRequest } from '../../test/support/raw-request.ts'
import { readJson } from './read-json.ts'

const echo = (t: ExecutionContext): Promise<{ readonly url: string }> =>
  appServer(t, async (ctx) => {
    ctx.body = { read: await readJson(ctx, 100) }
  })

async function post(
  url: string,
  body: string | Uint8Array,
  contentType = 'application/json',
): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await rawRequest(url, '/', { method: 'POST', headers: { 'Content-Type': contentType }, body })
  return { status: answer.status, body: JSON.parse(answer.body) as Record<string, unknown> }
}

for (const [text, value] of [
  ['{"a":[1,"größe"]}', { a: [1, 'größe'] }],
  ['null', null],
  ['"text"', 'text'],
  [' 5 ', 5],
  [`"${'x'.repeat(98)}"`, 'x'.repeat(98)],
] as const) {
  test(`reads ${text.slice(0, 20)}`, async (t) => {
    const { url } = await echo(t)
    t.deepEqual(await post(url, text), { status: 200, body: { read: value } })
  })
}

for (const type of ['application/json; charset=utf-8', 'application/ld+json', 'APPLICATION/JSON']) {
  test(`takes ${type}`, async (t) => {
    const { url } = await echo(t)
    t.is((await post(url, '{}', type)).status, 200)
  })
}

for (const type of [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/jsonx',
  'nonsense',
  '',
]) {
  test(`refuses the content type ${JSON.stringify(type)}`, async (t) => {
    const { url } = await echo(t)
    t.like(await post(url, '{}', type), { status: 415, body: { code: 'unsupported-media-type' } })
  })
}

for (const [title, body] of [
  ['no body', ''],
  ['half a text', '{"a":'],
  ['two texts', '{}{}'],
  ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ['a UTF-16 text', Buffer.from('{}', 'utf16le')],
] as const) {
  test(`refuses ${title}`, async (t) => {
    const { url } = await echo(t)
    t.like(await post(url, body), { status: 400, body: { code: 'invalid-body' } })
  })
}

test('refuses a body that is larger than allowed, and the sender hears why', async (t) => {
  const { url } = await echo(t)
  t.like(await post(url, `"${'x'.repeat(99)}"`), { status: 413, body: { code: 'body-too-large' } })
  t.like(await post(url, `"${'x'.repeat(10_000_000)}"`), { status: 413, body: { code: 'body-too-large' } })
})

test('a body that is cut off is nobody’s error but the sender’s', async (t) => {
  const { url, log } = await appServer(t, async (ctx) => {
    ctx.body = { read: await readJson(ctx, 100) }
  })
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"a":')
  await new Promise((resolve) => socket.once('connect', resolve))
  setImmediate(() => socket.destroy())
  const line = await eventually('the request is logged', () => {
    const found = log.find(({ message }) => message === 'request')
    return found === undefined ? { pending: 'not yet' } : { done: found }
  })
  t.is(line.fields['status'], 400)
  t.deepEqual(
    log.filter(({ level }) => level === 'error'),
    [],
  )
})
