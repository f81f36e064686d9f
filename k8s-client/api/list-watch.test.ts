import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { Logger } from '../../core/ports/logger.ts'
import { eventually } from '../../test/support/eventually.ts'
import { makeAccess } from './access.ts'
import { Credentials } from './credentials.ts'
import { ListWatch } from './list-watch.ts'
import { NamespaceApi } from './namespace-api.ts'
import { Transport } from './transport.ts'

/** A stand-in for the API server, for faults that the real one does not make on demand. test/kubernetes/watch.test.ts has the real one. */
interface StandIn {
  /** Queries of the watches, in their order. */
  readonly watches: URLSearchParams[]
  lists(): number
  readonly told: string[]
  readonly warnings: string[]
  readonly watch: ListWatch
}

const object = (name: string, resourceVersion: string) => ({
  metadata: { name, uid: name, resourceVersion, creationTimestamp: '2026-11-21T10:00:00Z', labels: { name } },
})
const line = (type: string, body: unknown) => `${JSON.stringify({ type, object: body })}\n`

/** Runs a list-and-watch on a server whose n-th watch is answered by the n-th function; further ones hang. */
async function withStandIn(
  answers: readonly ((response: ServerResponse) => void)[],
  check: (standIn: StandIn) => Promise<void>,
): Promise<void> {
  const watches: URLSearchParams[] = []
  let lists = 0
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://api')
    response.setHeader('content-type', 'application/json')
    if (searchParams.get('watch') === '1') {
      watches.push(searchParams)
      response.flushHeaders()
      answers[watches.length - 1]?.(response)
    } else {
      lists += 1
      response.end(
        JSON.stringify({ metadata: { resourceVersion: `${lists}00` }, items: [object('listed', `${lists}`)] }),
      )
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const folder = await mkdtemp(join(tmpdir(), 'dsc-list-watch-'))
  const kubeconfig = join(folder, 'kubeconfig')
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const config = {
    clusters: [{ name: 'a', cluster: { server: address, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'a', user: {} }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    'current-context': 'a',
  }
  await writeFile(kubeconfig, JSON.stringify(config))
  const transport = new Transport(new Credentials({ kubeconfig }))
  const told: string[] = []
  const warnings: string[] = []
  const logger: Logger = {
    info: () => undefined,
    warn: (_, fields) => warnings.push(String(fields?.['reason'])),
    error: () => undefined,
  }
  const watch = new ListWatch({
    api: new NamespaceApi(transport, 'jobs'),
    resource: 'pods',
    selection: {},
    listener: (labels) => told.push(labels['name'] ?? ''),
    logger,
    times: { idleMs: 1_000, relistMs: 300_000, longestPauseMs: 50 },
  })
  try {
    await check({ watches, lists: () => lists, told, warnings, watch })
  } finally {
    await watch.close()
    await transport.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await rm(folder, { recursive: true })
  }
}

function untilWatches({ watches, warnings }: StandIn, count: number): Promise<true> {
  return eventually(`watch number ${count}`, () =>
    watches.length >= count ? { done: true } : { pending: `${watches.length}: ${warnings.join('; ')}` },
  )
}

test('what is asked for: bookmarks, a time limit, the version of the list', async (t) => {
  await withStandIn([], async (standIn) => {
    await untilWatches(standIn, 1)
    const [query] = standIn.watches
    t.is(query?.get('allowWatchBookmarks'), 'true')
    t.is(query?.get('resourceVersion'), '100')
    const seconds = Number(query?.get('timeoutSeconds'))
    t.true(seconds >= 240 && seconds <= 300, String(seconds))
    t.deepEqual(standIn.told, ['listed'])
  })
})

test('a watch that ends well goes on from its last bookmark, without a new list', async (t) => {
  const ends = (response: ServerResponse) =>
    response.end(line('ADDED', object('new', '101')) + line('BOOKMARK', { metadata: { resourceVersion: '150' } }))
  await withStandIn([ends], async (standIn) => {
    await untilWatches(standIn, 2)
    t.is(standIn.watches[1]?.get('resourceVersion'), '150')
    t.is(standIn.lists(), 1)
    t.deepEqual(standIn.told, ['listed', 'new'])
  })
})

test('410 within a watch leads to a new list', async (t) => {
  const expires = (response: ServerResponse) => response.end(line('ERROR', { code: 410, message: 'too old' }))
  await withStandIn([expires], async (standIn) => {
    await untilWatches(standIn, 2)
    t.is(standIn.watches[1]?.get('resourceVersion'), '200')
    t.is(standIn.lists(), 2)
  })
})

test('410 as the answer to a watch leads to a new list', async (t) => {
  const refuses = (response: ServerResponse) => response.end(line('ERROR', { code: 410 }))
  await withStandIn([refuses, refuses, refuses], async (standIn) => {
    await untilWatches(standIn, 4)
    t.is(standIn.lists(), 4)
  })
})

test('after one break it goes on from where it was, after a second one from a new list', async (t) => {
  const breaks = (response: ServerResponse) =>
    response.end(`${line('MODIFIED', object('listed', '120'))}<html>a proxy in between</html>\n`)
  const garbage = (response: ServerResponse) => response.end('<html>a proxy in between</html>\n')
  await withStandIn([breaks, garbage, garbage], async (standIn) => {
    await untilWatches(standIn, 4)
    t.is(standIn.watches[1]?.get('resourceVersion'), '120')
    t.true(standIn.lists() >= 1)
    t.true(standIn.told.filter((name) => name === 'listed').length >= 2)
    t.true(standIn.warnings.length >= 3)
    await eventually('it to be in step again', () =>
      standIn.watch.health.synced ? { done: true } : { pending: standIn.warnings.join('; ') },
    )
  })
})

const poison: readonly (readonly [title: string, line: string])[] = [
  ['half a line and a reset', '{"type":"MODI'],
  ['an event of a type that nobody knows', line('RENAMED', object('listed', '120'))],
  ['a line that is far too long', line('ADDED', { ...object('big', '120'), blob: 'x'.repeat(9 * 1024 * 1024) })],
]
for (const [title, text] of poison) {
  test(`${title} as the first that comes leads to a new list, not to the same again`, async (t) => {
    const tells = (response: ServerResponse) => response.write(text, () => response.socket?.resetAndDestroy())
    await withStandIn([tells], async (standIn) => {
      await untilWatches(standIn, 2)
      t.is(standIn.watches[1]?.get('resourceVersion'), '200')
      t.is(standIn.lists(), 2)
      t.is(standIn.warnings.length, 1)
    })
  })
}

test('bookmarks alone, events twice and of before, and fields that nobody knows keep a watch going', async (t) => {
  const tells = (response: ServerResponse) => {
    const bookmark = line('BOOKMARK', { metadata: { resourceVersion: '140' } })
    const odd = line('MODIFIED', { ...object('odd', '141'), further: { fields: [1] } })
    response.write(bookmark.repeat(3) + odd.repeat(2) + line('ADDED', object('old', '50')) + bookmark)
    response.end(line('BOOKMARK', { metadata: { resourceVersion: '160' } }))
  }
  await withStandIn([tells], async (standIn) => {
    await untilWatches(standIn, 2)
    t.deepEqual(standIn.told, ['listed', 'odd', 'odd', 'old'], 'a hint too many does no harm')
    t.is(standIn.watches[1]?.get('resourceVersion'), '160')
    t.deepEqual(standIn.warnings, [])
  })
})

test('a list that is to be asked for later is asked for later', async (t) => {
  let asked = 0
  const server = createServer((_, response) => {
    asked += 1
    response.writeHead(429, { 'retry-after': '1' }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const access = makeAccess({ server: address, proxy: undefined, headers: {}, certificates: {} })
  const transport = new Transport({ current: async () => access, renew: async () => access })
  const logger: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const times = { idleMs: 1_000, relistMs: 300_000, longestPauseMs: 10 }
  const api = new NamespaceApi(transport, 'jobs')
  const watch = new ListWatch({ api, resource: 'pods', selection: {}, listener: () => undefined, logger, times })
  await eventually('a second list', () => (asked >= 2 ? { done: true } : { pending: 'one' }), { pauseMs: 5 })
  const [first] = [asked]
  await new Promise((resolve) => setTimeout(resolve, 300))
  t.is(asked, first, 'no further one within the second that was asked for')
  await watch.close()
  await transport.close()
  server.close()
})

test('silence ends a watch: the connection may be dead', async (t) => {
  const silent = (response: ServerResponse) =>
    response.write(line('BOOKMARK', { metadata: { resourceVersion: '130' } }))
  await withStandIn([silent], async (standIn) => {
    await untilWatches(standIn, 2)
    t.is(standIn.watches[1]?.get('resourceVersion'), '130')
    t.regex(standIn.warnings[0] ?? '', /timeout/i)
  })
})

test('a server that ends every watch at once is not asked without a pause', async (t) => {
  const ends = (response: ServerResponse) => response.end()
  await withStandIn(
    Array.from({ length: 100 }, () => ends),
    async (standIn) => {
      const begun = performance.now()
      await untilWatches(standIn, 6)
      t.true(performance.now() - begun >= 5 * 25, 'pauses of at least half of longestPauseMs')
    },
  )
})
