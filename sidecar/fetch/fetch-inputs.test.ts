import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { SidecarTask } from '../../core/job/sidecar-task.ts'
import { testOnTestbed } from '../../test/support/testbed.ts'
import { attemptAccess, newBucket } from '../_minio.test.ts'
import { serve } from '../_server.test.ts'
import { never, taskOf, temporaryDirectory, urlInput } from '../_task.test.ts'
import { SidecarFailure } from '../failure.ts'
import { fetchInputs, type FetchOptions } from './fetch-inputs.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const quick: FetchOptions = {
  times: { connectMs: 500, stallMs: 500, paceMs: 5000 },
  retries: { tries: 3, patienceMs: 5000, longestPauseMs: 5 },
}

/** Fetches, expecting a failure, and shows that it left nothing. */
async function failure(t: ExecutionContext, task: SidecarTask): Promise<string> {
  const directory = await temporaryDirectory(t)
  const error = await t.throwsAsync(fetchInputs(task, directory, never, quick))
  t.true(error instanceof SidecarFailure && error.code === 'input-failed', String(error))
  t.deepEqual(await readdir(directory), [])
  return error?.message ?? ''
}

test('inputs of every kind appear under their names, checked', async (t) => {
  const [root, directory] = [await temporaryDirectory(t), await temporaryDirectory(t)]
  const host = await serve(t, (request, response) => response.end(`at ${request.url}`))
  await mkdir(join(root, 'assets/1'), { recursive: true })
  await writeFile(join(root, 'assets/1/table.csv'), 'a,b')
  const task = taskOf(
    { kind: 'directory', root },
    {
      allowedHosts: [host],
      inputs: [
        urlInput(`http://${host}/1`, { name: 'one.txt', sha256: sha256('at /1'), maximumBytes: 5 }),
        urlInput(`http://${host}/2`, { name: 'two.txt' }),
        {
          name: 'table.csv',
          kind: 'file',
          source: { kind: 'bundled', key: 'assets/1/table.csv' },
          sha256: sha256('a,b'),
          maximumBytes: 10,
        },
      ],
    },
  )
  const lines: string[] = []
  await fetchInputs(task, directory, never, { progress: (line) => lines.push(line) })
  t.deepEqual((await readdir(directory)).toSorted(), ['one.txt', 'table.csv', 'two.txt'])
  t.is(await readFile(join(directory, 'one.txt'), 'utf8'), 'at /1')
  t.is(await readFile(join(directory, 'table.csv'), 'utf8'), 'a,b')
  t.true(lines.some((line) => /^fetched two\.txt \(5 bytes, \d+\.\d{3} s\)$/.test(line)))
  await fetchInputs(task, directory, never)
  t.is((await readdir(directory)).length, 3, 'once more into the same directory')
})

test('a wrong digest is told with both', async (t) => {
  const host = await serve(t, (_, response) => response.end('other'))
  const inputs = [urlInput(`http://${host}/a?secret=1`, { sha256: sha256('right') })]
  const message = await failure(t, taskOf({ kind: 'directory', root: '/' }, { allowedHosts: [host], inputs }))
  t.true(message.startsWith(`The input input.bin could not be fetched from http://${host}/a?…: its SHA-256 is `))
  t.true(message.includes(sha256('other')) && message.includes(sha256('right')))
})

test('more than maximumBytes is refused, whether declared', async (t) => {
  let sent = 0
  const host = await serve(t, (_, response) => {
    sent++
    response.writeHead(200, { 'content-length': '2000000' }).flushHeaders()
  })
  const inputs = [urlInput(`http://${host}/`, { maximumBytes: 1000 })]
  const message = await failure(t, taskOf({ kind: 'directory', root: '/' }, { allowedHosts: [host], inputs }))
  t.regex(message, /has 2000000 bytes or more, and maximumBytes is 1000\. Raise maximumBytes/)
  t.is(sent, 1, 'tried once only')
})

test('more than maximumBytes is refused, or not declared', async (t) => {
  const host = await serve(t, (_, response) => {
    response.writeHead(200).write('x'.repeat(1001))
  })
  const inputs = [urlInput(`http://${host}/`, { maximumBytes: 1000 })]
  const message = await failure(t, taskOf({ kind: 'directory', root: '/' }, { allowedHosts: [host], inputs }))
  t.regex(message, /has 1001 bytes or more/)
})

test('transient errors are tried again, from the beginning', async (t) => {
  let asked = 0
  const directory = await temporaryDirectory(t)
  const host = await serve(t, (_, response) => {
    asked++
    if (asked === 1) response.writeHead(503).end()
    else if (asked === 2) {
      response.writeHead(200, { 'content-length': '8' }).write('half')
      setImmediate(() => response.socket?.destroy())
    } else response.end('complete')
  })
  const inputs = [urlInput(`http://${host}/`, { sha256: sha256('complete') })]
  await fetchInputs(taskOf({ kind: 'directory', root: '/' }, { allowedHosts: [host], inputs }), directory, never, quick)
  t.is(await readFile(join(directory, 'input.bin'), 'utf8'), 'complete')
  t.is(asked, 3)
})

test('what never answers well is given up with the last reason', async (t) => {
  let asked = 0
  const host = await serve(t, (_, response) => {
    asked++
    response.writeHead(502).end()
  })
  const inputs = [urlInput(`http://${host}/`)]
  const message = await failure(t, taskOf({ kind: 'directory', root: '/' }, { allowedHosts: [host], inputs }))
  t.regex(message, /answered 502 Bad Gateway; it was tried several times/)
  t.is(asked, 3)
})

test('a missing object and a bucket of a store without buckets are told', async (t) => {
  const root = await temporaryDirectory(t)
  const input = { name: 'a', kind: 'file', maximumBytes: 1 } as const
  const missing = { ...input, source: { kind: 'bundled', key: 'assets/none' } } as const
  const task = taskOf({ kind: 'directory', root })
  t.regex(await failure(t, { ...task, inputs: [missing] }), /from the object assets\/none: there is no such object/)
  const foreign = { ...input, source: { kind: 's3', bucket: 'other', key: 'k' } } as const
  t.regex(
    await failure(t, { ...task, inputs: [foreign] }),
    /from the object k of the bucket other: .*has no bucket other/,
  )
})

test('a name that would leave the directory is refused', async (t) => {
  const inputs = [urlInput('http://127.0.0.1:1/', { name: '../escape' })]
  t.regex(await failure(t, taskOf({ kind: 'directory', root: '/' }, { inputs })), /a name has no \//)
})

test('one failure ends the others at once', async (t) => {
  const closed = Promise.withResolvers<void>()
  const host = await serve(t, (request, response) => {
    if (request.url === '/bad') response.writeHead(404).end()
    else response.writeHead(200).once('close', closed.resolve).write('never ends')
  })
  const inputs = [urlInput(`http://${host}/slow`, { name: 'slow' }), urlInput(`http://${host}/bad`, { name: 'bad' })]
  const message = await failure(t, taskOf({ kind: 'directory', root: '/' }, { allowedHosts: [host], inputs }))
  t.regex(message, /^The input bad /)
  await closed.promise
})

test('fetching that is told to end says so', async (t) => {
  const directory = await temporaryDirectory(t)
  const stop = new AbortController()
  const host = await serve(t, (_, response) => {
    response.writeHead(200).write('never ends')
    stop.abort()
  })
  const task = taskOf({ kind: 'directory', root: '/' }, { allowedHosts: [host], inputs: [urlInput(`http://${host}/`)] })
  const error = await t.throwsAsync(fetchInputs(task, directory, stop.signal))
  t.true(error instanceof SidecarFailure && error.code === 'input-failed')
  t.regex(error?.message ?? '', /told to end/)
  t.deepEqual(await readdir(directory), [])
})

testOnTestbed(
  'objects of our bucket and of others are read with the credentials of the attempt',
  async (t, testbed) => {
    const { client, bucket, access } = await newBucket(t, testbed.objectStore)
    const directory = await temporaryDirectory(t)
    for (const key of ['assets/1/a.txt', 'assets/2/b.txt']) await client.putObject(bucket, key, `contents of ${key}`)
    const task = taskOf(access)
    const limited = { ...task, store: await attemptAccess(access, task.ref, { readKeys: ['assets/1/a.txt'] }) }
    const input = { kind: 'file', maximumBytes: 1000 } as const
    const bundled = { ...input, name: 'bundled', source: { kind: 'bundled', key: 'assets/1/a.txt' } } as const
    const foreign = { ...input, name: 'foreign', source: { kind: 's3', bucket, key: 'assets/1/a.txt' } } as const
    await fetchInputs({ ...limited, inputs: [bundled, foreign] }, directory, never)
    t.is(await readFile(join(directory, 'bundled'), 'utf8'), 'contents of assets/1/a.txt')
    t.is(await readFile(join(directory, 'foreign'), 'utf8'), 'contents of assets/1/a.txt')
    const other = { ...bundled, source: { kind: 'bundled', key: 'assets/2/b.txt' } } as const
    t.regex(await failure(t, { ...limited, inputs: [other] }), /AccessDenied.*Check that the credentials/)
  },
)
