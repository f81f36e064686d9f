import { randomUUID } from 'node:crypto'
import type { RequestListener } from 'node:http'
import test, { type ExecutionContext } from 'ava'
import type { Clock } from '../../core/ports/clock.ts'
import { httpServer } from '../../test/support/http-server.ts'
import { recordingLogger } from '../../test/support/recording-logger.ts'
import { KeptAccess } from '../api/kept-access.ts'
import { Transport } from '../api/transport.ts'
import { checkReadiness } from '../readiness.ts'
import { tenantNamespace } from './names.ts'
import type { TenantOptions } from './options.ts'
import type { Spaces } from './spaces.ts'
import { tenantSpaces } from './tenant-spaces.ts'

const options: TenantOptions = {
  storeEndpoint: 'http://10.0.0.7:9000',
  clusterRanges: [],
  inputHosts: [],
  egress: [],
  prefix: 'tenant-',
  labels: {},
  quota: {},
  limitRange: [],
  home: 'home',
  copies: { secrets: [], configMaps: [] },
}
const consumerId = 'consumer'
const namespace = tenantNamespace(options.prefix, consumerId)
const named = object(namespace)
function object(name: string): object {
  return { metadata: { name, uid: randomUUID(), creationTimestamp: '2026-11-22T08:00:00Z' } }
}
/** What the API server itself says of something. */
const said = (code: number, reason: string): string => JSON.stringify({ kind: 'Status', code, reason, message: reason })

/** The namespaces of a cluster that answers as told. */
async function spacesOf(
  t: ExecutionContext,
  answer: RequestListener,
): Promise<{ spaces: Spaces; clock: { time: number } }> {
  const server = await httpServer(t, answer)
  const parts = { server, proxy: undefined, headers: {}, certificates: {} }
  const transport = new Transport(new KeptAccess(() => async () => parts))
  t.teardown(() => transport.close())
  const clock = { time: Date.now() }
  const handClock: Clock = { now: () => clock.time }
  return { spaces: tenantSpaces({ transport, clock: handClock, logger: recordingLogger() }, options), clock }
}

test('a namespace is gone on the word of the API server alone', async (t) => {
  let body = JSON.stringify(named)
  let status = 200
  const { spaces, clock } = await spacesOf(t, (_, response) => response.writeHead(status).end(body))
  const ref = { jobId: randomUUID(), attempt: 1, consumerId }
  t.is((await spaces.of(ref))?.namespace, namespace)
  clock.time += 60_000
  status = 404
  body = '<html>404 page not found</html>'
  await t.throwsAsync(spaces.of(ref), { message: /404/ }, 'a proxy knows nothing of it')
  body = said(404, 'NotFound')
  t.is(await spaces.of(ref), undefined)
})

test('one consumer’s namespace that cannot be read is no reason to serve nobody', async (t) => {
  const other = object('tenant-other')
  const refused = new Set([namespace])
  const { spaces } = await spacesOf(t, ({ url = '' }, response) => {
    if (url.startsWith('/api/v1/namespaces?')) return response.end(JSON.stringify({ items: [named, other] }))
    const isRefused = [...refused].some((one) => url.includes(`/namespaces/${one}/`))
    return isRefused
      ? response.writeHead(403).end(said(403, 'Forbidden'))
      : response.end(JSON.stringify({ kind: 'JobList', items: [] }))
  })
  await t.notThrowsAsync(checkReadiness(spaces, undefined))
  refused.add('tenant-other')
  await t.throwsAsync(checkReadiness(spaces, undefined), { message: /403/ })
})
