import { once } from 'node:events'
import { connect } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { appServer } from '../../test/support/app-server.ts'
import { problemOf } from '../../test/support/problem.ts'
import { ServiceError } from '../../core/errors.ts'
import { type FormPart, readForm } from './read-form.ts'

interface Seen {
  readonly name: string
  readonly fileName: string
  readonly text: string
}

/** A server that reads forms; `seen` are the parts that were read to their end, `ended` when the handler is done and how. */
async function reader(
  t: ExecutionContext,
  take?: (part: FormPart) => Promise<void>,
): Promise<{ url: string; seen: Seen[]; ended: Promise<string> }> {
  const seen: Seen[] = []
  let end: (how: string) => void = () => undefined
  const ended = new Promise<string>((resolve) => {
    end = resolve
  })
  const { url } = await appServer(t, async (ctx) => {
    try {
      await readForm(ctx.req, async (part) => {
        if (take !== undefined) return take(part)
        const text = Buffer.concat(await Array.fromAsync(part.stream)).toString('utf8')
        seen.push({ name: part.name, fileName: part.fileName, text })
        return undefined
      })
      end('read')
    } catch (error) {
      end(error instanceof ServiceError ? error.code : String(error))
      throw error
    }
    ctx.body = 'read'
  })
  return { url, seen, ended }
}

function form(parts: readonly (readonly [name: string, text: string, fileName?: string])[]): FormData {
  const data = new FormData()
  for (const [name, text, fileName] of parts) {
    if (fileName === undefined) data.append(name, text)
    else data.append(name, new Blob([text]), fileName)
  }
  return data
}

test('every part is read, files and fields alike', async (t) => {
  const { url, seen } = await reader(t)
  const large = 'x'.repeat(3_000_000)
  const body = form([
    ['asset', 'größe', 'asset.yaml'],
    ['note', 'a field'],
    ['bundled', large, 'data.csv'],
    ['bundled', '', 'empty'],
  ])
  t.is((await fetch(url, { method: 'POST', body })).status, 200)
  t.deepEqual(
    seen.toSorted((a, b) => (a.name + a.fileName < b.name + b.fileName ? -1 : 1)),
    [
      { name: 'asset', fileName: 'asset.yaml', text: 'größe' },
      { name: 'bundled', fileName: 'data.csv', text: large },
      { name: 'bundled', fileName: 'empty', text: '' },
      { name: 'note', fileName: '', text: 'a field' },
    ],
  )
})

test('a good form is good every time', async (t) => {
  const { url } = await reader(t)
  const body = form([
    ['asset', 'x'.repeat(200_000), 'a'],
    ['bundled', 'y'.repeat(200_000), 'b'],
  ])
  const answers = await Promise.all(
    Array.from({ length: 40 }, async () => (await fetch(url, { method: 'POST', body })).status),
  )
  t.deepEqual([...new Set(answers)], [200])
})

test('a form without parts is read as such', async (t) => {
  const { url, seen } = await reader(t)
  const body = '--x--\r\n'
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'multipart/form-data; boundary=x' },
    body,
  })
  t.true(response.status === 200 || response.status === 400)
  t.deepEqual(seen, [])
})

for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
  test(`${type} is no form`, async (t) => {
    const { url } = await reader(t)
    const response = await fetch(url, { method: 'POST', headers: { 'Content-Type': type }, body: '{}' })
    t.is((await problemOf(response)).code, 'unsupported-media-type')
  })
}

for (const [title, type, body] of [
  ['no boundary', 'multipart/form-data', 'x'],
  [
    'an end that is missing',
    'multipart/form-data; boundary=x',
    '--x\r\nContent-Disposition: form-data; name="asset"\r\n\r\nabc',
  ],
  ['nothing', 'multipart/form-data; boundary=x', ''],
  ['no part of the boundary', 'multipart/form-data; boundary=x', 'just text'],
] as const) {
  test(`a form with ${title} cannot be read`, async (t) => {
    const { url } = await reader(t)
    const response = await fetch(url, { method: 'POST', headers: { 'Content-Type': type }, body })
    t.is((await problemOf(response)).code, 'invalid-body')
  })
}

test('a form of too many parts is refused', async (t) => {
  const { url } = await reader(t)
  const body = form(Array.from({ length: 101 }, (_, index) => ['bundled', 'x', `file-${index}`] as const))
  const problem = await problemOf(await fetch(url, { method: 'POST', body }))
  t.is(problem.code, 'invalid-body')
  t.regex(problem.detail, /100 parts/)
})

test('where a part is refused before it is read, the sender hears why', async (t) => {
  const { url } = await reader(t, async ({ name, stream }) => {
    if (name === 'bad') throw new ServiceError('body-too-large', 'too large')
    for await (const chunk of stream) void chunk
  })
  const body = form([
    ['good', 'x', 'a'],
    ['bad', 'x'.repeat(5_000_000), 'b'],
    ['good', 'x', 'c'],
  ])
  t.is((await problemOf(await fetch(url, { method: 'POST', body }))).code, 'body-too-large')
})

test('where a part is refused while it is read, the sender hears why as well', async (t) => {
  const { url, seen } = await reader(t, async ({ name, stream }) => {
    let size = 0
    for await (const chunk of stream) {
      size += (chunk as Buffer).length
      if (size > 100_000) throw new ServiceError('body-too-large', 'too large')
    }
    seen.push({ name, fileName: '', text: '' })
  })
  const body = form([
    ['good', 'x', 'a'],
    ['bad', 'x'.repeat(5_000_000), 'b'],
    ['good', 'x', 'c'],
  ])
  t.is((await problemOf(await fetch(url, { method: 'POST', body }))).code, 'body-too-large')
  t.true(seen.every(({ name }) => name === 'good'))
})

test('trouble of our own with a part is not the sender’s fault, and its message stays with us', async (t) => {
  const { url } = await reader(t, async ({ stream }) => {
    for await (const chunk of stream) if ((chunk as Buffer).length > 0) throw new Error('no room left on /secret/path')
  })
  const problem = await problemOf(
    await fetch(url, { method: 'POST', body: form([['bundled', 'x'.repeat(300_000), 'a']]) }),
  )
  t.is(problem.code, 'internal')
  t.false(JSON.stringify(problem).includes('/secret/path'))
})

test('a file name keeps nothing of the sender’s folders', async (t) => {
  const { url, seen } = await reader(t)
  const boundary = 'x'
  const body = ['../../etc/passwd', 'C:\\\\temp\\\\a.txt', 'a/b.txt']
    .map((name) => `--${boundary}\r\nContent-Disposition: form-data; name="bundled"; filename="${name}"\r\n\r\nx\r\n`)
    .join('')
  await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
    body: `${body}--${boundary}--\r\n`,
  })
  t.deepEqual(seen.map(({ fileName }) => fileName).toSorted(), ['a.txt', 'b.txt', 'passwd'])
})

test('an upload that is cut off ends the reading: the part fails, and the handler returns', async (t) => {
  let begun: () => void = () => undefined
  const beginning = new Promise<void>((resolve) => {
    begun = resolve
  })
  let failed: unknown
  const { url, ended } = await reader(t, async ({ stream }) => {
    try {
      for await (const chunk of stream) {
        void chunk
        begun()
      }
    } catch (error) {
      failed = error
      throw error
    }
  })
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write(
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000\r\n\r\n',
  )
  socket.write(`--x\r\nContent-Disposition: form-data; name="bundled"; filename="a"\r\n\r\n${'y'.repeat(100_000)}`)
  await beginning
  socket.destroy()
  t.is(await ended, 'invalid-body')
  t.truthy(failed, 'whoever reads the part learns that it is not whole')
})
