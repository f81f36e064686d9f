import type { IncomingMessage, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import test, { type ExecutionContext } from 'ava'
import type { Connector } from '../../core/ports/connector.ts'
import { pauseAskedBy } from '../../core/retry-after.ts'
import { httpServer } from '../../test/support/http-server.ts'
import { edcConnector } from './edc-connector.ts'

const key = 'the-management-key'
const NS = 'https://w3id.org/edc/v0.0.1/ns/'

/** A call that arrived. */
interface Call {
  readonly route: string
  readonly key: string | undefined
  readonly body: unknown
}

/** An answer: a status, with a body where it matters, or whatever a function does. */
type Answer =
  | number
  | readonly [status: number, body: unknown]
  | ((request: IncomingMessage, response: ServerResponse) => void)

/** What a connector says of an id that it does not know (recorded from EDC 0.10.0). */
const unknown: Answer = [
  404,
  [{ message: 'Object of type X with ID=x was not found', type: 'ObjectNotFound', path: null, invalidValue: null }],
]

/** A Management API that answers as told, by method and path; anything else is unknown to it. */
async function connectorWith(
  t: ExecutionContext,
  answers: Readonly<Record<string, Answer>>,
): Promise<{ connector: Connector; calls: Call[]; url: string }> {
  const calls: Call[] = []
  const url = await httpServer(t, (request, response) => {
    const route = `${request.method} ${request.url}`
    void (request.method === 'POST' ? json(request) : Promise.resolve(undefined)).then((body) => {
      calls.push({ route, key: request.headers['x-api-key']?.toString(), body })
      const answer = answers[route] ?? unknown
      if (typeof answer === 'function') return answer(request, response)
      const [status, content] = typeof answer === 'number' ? [answer, undefined] : answer
      response.writeHead(status, { 'Content-Type': 'application/json', Location: `${url}/elsewhere` })
      return response.end(content === undefined ? '' : JSON.stringify(content))
    })
  })
  const connector = edcConnector({
    id: 'provider',
    dialect: 'http-provisioner',
    managementUrl: `${url}/management`,
    callbackAddress: `${url}/management/callback`,
    apiKey: key,
  })
  return { connector, calls, url }
}

const show = 'GET /management/v3/transferprocesses/p1'
const process = (state: string, more: object = {}): Answer => [
  200,
  { state, assetId: 'compute-1', contractId: 'agreement-1', ...more },
]
const callBack = 'POST /management/callback/p1/provision'
const terminate = 'POST /management/v3/transferprocesses/p1/terminate'

const states: Readonly<Record<string, string>> = {
  INITIAL: 'preparing',
  PROVISIONING: 'preparing',
  PROVISIONING_REQUESTED: 'awaiting',
  PROVISIONED: 'provisioned',
  REQUESTING: 'provisioned',
  REQUESTED: 'provisioned',
  STARTING: 'provisioned',
  STARTED: 'started',
  SUSPENDING: 'suspended',
  SUSPENDED: 'suspended',
  RESUMING: 'suspended',
  RESUMED: 'suspended',
  COMPLETING: 'completed',
  COMPLETED: 'completed',
  TERMINATING: 'terminated',
  TERMINATED: 'terminated',
  DEPROVISIONING: 'terminated',
  DEPROVISIONING_REQUESTED: 'terminated',
  DEPROVISIONED: 'terminated',
}

for (const [stateName, state] of Object.entries(states)) {
  test(`a process in ${stateName} is ${state}`, async (t) => {
    const { connector } = await connectorWith(t, { [show]: process(stateName) })
    t.deepEqual(await connector.transferProcess('p1'), {
      state,
      stateName,
      assetId: 'compute-1',
      agreementId: 'agreement-1',
      parameters: undefined,
    } as never)
  })
}

test('a push that is deprovisioned was done', async (t) => {
  const { connector } = await connectorWith(t, { [show]: process('DEPROVISIONED', { transferType: 'HttpData-PUSH' }) })
  t.like(await connector.transferProcess('p1'), { state: 'completed', stateName: 'DEPROVISIONED' })
})

test('a state that nobody knows is an error, not a guess', async (t) => {
  const { connector } = await connectorWith(t, { [show]: process('DREAMING') })
  await t.throwsAsync(connector.transferProcess('p1'), { message: /unknown here: DREAMING/ })
})

test('parameters come from the destination, by either spelling', async (t) => {
  for (const name of ['params', `${NS}params`]) {
    const { connector, calls } = await connectorWith(t, {
      [show]: process('STARTED', { dataDestination: { type: 'HttpProxy', [name]: '{"TOP":3}' } }),
    })
    t.is((await connector.transferProcess('p1'))?.parameters, '{"TOP":3}')
    t.deepEqual(calls, [{ route: show, key, body: undefined }])
  }
})

test('an agreement tells consumer and asset', async (t) => {
  const route = 'GET /management/v3/contractagreements/a1'
  const { connector } = await connectorWith(t, {
    [route]: [200, { consumerId: 'consumer', assetId: 'compute-1', policy: {} }],
  })
  t.deepEqual(await connector.agreement('a1'), { consumerId: 'consumer', assetId: 'compute-1' })
  t.is(await connector.agreement('nobody'), undefined)
})

test('a process that the connector does not know is undefined', async (t) => {
  const { connector } = await connectorWith(t, {})
  t.is(await connector.transferProcess('p1'), undefined)
})

test('a 404 by somebody else, such as a proxy while the connector is away, says nothing of a process', async (t) => {
  for (const answer of [404, [404, '<html>'], [404, [{ type: 'Other' }]], [404, []]] as const) {
    const { connector } = await connectorWith(t, { [show]: answer, [terminate]: answer })
    await t.throwsAsync(connector.transferProcess('p1'), { message: /answered 404, and not by a connector/ })
    await t.throwsAsync(connector.provisioned(asked, address), { message: /answered 404/ })
  }
})

test('how long the connector wants to be left alone stands in the error', async (t) => {
  const { connector } = await connectorWith(t, {
    [show]: (_, response) => void response.writeHead(503, { 'Retry-After': '7' }).end(),
  })
  t.is(pauseAskedBy(await t.throwsAsync(connector.transferProcess('p1'))), 7_000)
})

test('ids that would change the path cannot', async (t) => {
  const { connector, calls } = await connectorWith(t, {})
  await connector.transferProcess('../../v3/assets?x=#')
  t.is(calls[0]?.route, 'GET /management/v3/transferprocesses/..%2F..%2Fv3%2Fassets%3Fx%3D%23')
})

const faults: readonly (readonly [title: string, answer: Answer, message: RegExp])[] = [
  ['401', 401, /answered 401: the connector refuses the configured apiKey/],
  ['403', 403, /answered 403: the connector refuses the configured apiKey/],
  ['405', 405, /answered 405: the Management API is not there \(yet\)/],
  ['500', 500, /answered 500$/],
  ['a redirect', 302, /answered 302$/],
  ['a redirect that keeps the method', 307, /answered 307$/],
  ['204', 204, /answered 204$/],
  ['an empty 200', 200, /unexpected body/],
  ['HTML', (_, response) => void response.end('<html>'), /unexpected body/],
  ['a list', [200, []], /unexpected body/],
  ['a process without a state', [200, { assetId: 'a', contractId: 'c' }], /unexpected body/],
  [
    'an answer that ends early',
    (_, response) => void response.writeHead(200, { 'Content-Length': '100' }).end('{', () => response.destroy()),
    /failed/,
  ],
  ['a connection that is cut', (request) => void request.destroy(), /failed/],
  ['an answer that has no end', endless, /failed: .*exceeded/],
]
for (const [title, answer, message] of faults) {
  test(`${title} is an error that names the call, and never the key`, async (t) => {
    const { connector, calls, url } = await connectorWith(t, { [show]: answer })
    const error = await t.throwsAsync(connector.transferProcess('p1'), { message })
    t.regex(error.message, /^GET \S*\/v3\/transferprocesses\/p1 /)
    t.false(shown(error).includes(key))
    t.is(calls.length, 1, `a redirect to ${url}/elsewhere is not followed`)
  })
}

test('a connector that does not answer is given up after ten seconds', async (t) => {
  const { connector } = await connectorWith(t, { [show]: () => undefined })
  await givenUp(t, connector)
})

test('a connector that answers byte by byte is given up after ten seconds', async (t) => {
  const { connector } = await connectorWith(t, {
    [show]: (_, response) => {
      const drip = setInterval(() => response.write(' '), 500)
      response.once('close', () => clearInterval(drip))
    },
  })
  await givenUp(t, connector)
})

async function givenUp(t: ExecutionContext, connector: Connector): Promise<void> {
  const begin = performance.now()
  const error = await t.throwsAsync(connector.transferProcess('p1'))
  const seconds = (performance.now() - begin) / 1000
  t.true(seconds > 9 && seconds < 60, `${seconds} s`)
  t.false(shown(error).includes(key))
}

test('nobody at the address is an error that names it', async (t) => {
  const connector = edcConnector({
    id: 'p',
    dialect: 'http-provisioner',
    managementUrl: 'http://127.0.0.1:1/m',
    callbackAddress: 'http://127.0.0.1:1/m/callback',
    apiKey: key,
  })
  const error = await t.throwsAsync(connector.transferProcess('p1'), {
    message: /^GET http:\/\/127\.0\.0\.1:1\/m\/v3\/transferprocesses\/p1 failed: .*ECONNREFUSED/,
  })
  t.false(shown(error).includes(key))
  await t.throwsAsync(connector.check())
})

// the callback

const asked = { processId: 'p1', definitionId: 'definition-1', assetId: 'compute-1', resourceName: 'dsc-job' }
const address = { kind: 'gateway' as const, url: 'http://compute.example/results/t1', token: 'the-result-token' }

test('the callback says where the result lies, with property names as whole IRIs', async (t) => {
  const { connector, calls } = await connectorWith(t, { [show]: process('PROVISIONING_REQUESTED'), [callBack]: 204 })
  t.like(await connector.provisioned(asked, address), { outcome: 'later' })
  t.deepEqual(calls[1], {
    route: callBack,
    key,
    body: {
      edctype: 'dataspaceconnector:provisioner-callback-request',
      resourceDefinitionId: 'definition-1',
      assetId: 'compute-1',
      resourceName: 'dsc-job',
      contentDataAddress: {
        properties: {
          [`${NS}type`]: 'HttpData',
          [`${NS}baseUrl`]: 'http://compute.example/results/t1',
          [`${NS}authKey`]: 'Authorization',
          [`${NS}authCode`]: 'Bearer the-result-token',
          [`${NS}proxyPath`]: 'true',
          [`${NS}proxyQueryParams`]: 'true',
        },
      },
      apiKeyJwt: 'unused',
      hasToken: false,
    },
  })
})

test('a presigned address goes out as it is: what the consumer would add breaks its signature', async (t) => {
  const { connector, calls } = await connectorWith(t, { [show]: process('PROVISIONING_REQUESTED'), [callBack]: 204 })
  const url = 'http://store.example/bucket/a.txt?X-Amz-Signature=abc'
  await connector.provisioned(asked, { kind: 'presigned', url })
  t.like(calls[1]?.body, { contentDataAddress: { properties: { [`${NS}type`]: 'HttpData', [`${NS}baseUrl`]: url } } })
  const sent = calls[1]?.body as { contentDataAddress: { properties: object } } | undefined
  t.is(Object.keys(sent?.contentDataAddress.properties ?? {}).length, 2)
})

const deliveries: readonly (readonly [state: string, outcome: string])[] = [
  ['INITIAL', 'later'],
  ['PROVISIONING', 'later'],
  ['PROVISIONED', 'delivered'],
  ['STARTING', 'delivered'],
  ['STARTED', 'delivered'],
  ['SUSPENDED', 'delivered'],
  ['COMPLETED', 'over'],
  ['TERMINATED', 'over'],
  ['DEPROVISIONED', 'over'],
]
for (const [state, outcome] of deliveries) {
  test(`while the process is ${state} no callback is sent: ${outcome}`, async (t) => {
    const { connector, calls } = await connectorWith(t, { [show]: process(state), [callBack]: 204 })
    t.is((await connector.provisioned(asked, address)).outcome, outcome as never)
    t.deepEqual(
      calls.map(({ route }) => route),
      [show],
    )
  })
}

test('nobody is told of a process that the connector does not know', async (t) => {
  const { connector, calls } = await connectorWith(t, { [callBack]: 204 })
  t.deepEqual(await connector.provisioned(asked, address), { outcome: 'unknown' })
  t.is(calls.length, 1)
})

test('what the connector says to the callback', async (t) => {
  const say = async (answer: Answer): Promise<string> => {
    const { connector } = await connectorWith(t, { [show]: process('PROVISIONING_REQUESTED'), [callBack]: answer })
    try {
      return (await connector.provisioned(asked, address)).outcome
    } catch (error) {
      t.false(shown(error).includes(key))
      t.false(shown(error).includes(address.token))
      return 'error'
    }
  }
  t.is(await say(204), 'later', 'delivered only when the process has moved on')
  t.is(await say(200), 'later')
  t.is(await say(409), 'later', 'leased, or past: the state tells at the next look')
  t.is(await say(400), 'refused')
  t.is(await say(401), 'error', 'the key may be mended')
  t.is(await say(500), 'error')
  t.is(await say(302), 'error')
  t.is(await say((request) => void request.destroy()), 'error')
})

test('a callback without an answer that takes effect when the connector goes on is not sent a second time', async (t) => {
  let looksSince: number | undefined
  const { connector, calls } = await connectorWith(t, {
    [show]: (_, response) => {
      if (looksSince !== undefined) looksSince += 1
      const state = (looksSince ?? 0) > 1 ? 'PROVISIONED' : 'PROVISIONING_REQUESTED'
      response.writeHead(200, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify({ state, assetId: 'compute-1', contractId: 'agreement-1' }))
    },
    [callBack]: (request) => {
      looksSince = 0
      request.socket.destroy()
    },
  })
  await t.throwsAsync(connector.provisioned(asked, address), { message: /socket hang up|ECONNRESET/ })
  t.deepEqual(await connector.provisioned(asked, address), { outcome: 'delivered' })
  t.is(calls.filter(({ route }) => route === callBack).length, 1)
})

// terminate

test('a process is terminated with the reason', async (t) => {
  const { connector, calls } = await connectorWith(t, { [show]: process('PROVISIONING_REQUESTED'), [terminate]: 204 })
  t.deepEqual(await connector.terminate('p1', 'exit-code: why “so”'), { outcome: 'delivered' })
  t.deepEqual(calls[1], {
    route: terminate,
    key,
    body: { '@context': { '@vocab': NS }, '@type': 'TerminateTransfer', reason: 'exit-code: why “so”' },
  })
})

test('what is over needs no terminating, and what is not ready for it waits', async (t) => {
  for (const [state, outcome] of [
    ['COMPLETED', 'over'],
    ['TERMINATED', 'over'],
    ['DEPROVISIONING', 'over'],
    ['INITIAL', 'later'],
    ['PROVISIONING', 'later'],
  ] as const) {
    const { connector, calls } = await connectorWith(t, { [show]: process(state), [terminate]: 204 })
    t.is((await connector.terminate('p1', 'x')).outcome, outcome, state)
    t.is(calls.length, 1, 'terminate is not called')
  }
  const { connector } = await connectorWith(t, {})
  t.deepEqual(await connector.terminate('p1', 'x'), { outcome: 'unknown' })
})

test('what the connector says to terminate', async (t) => {
  const say = async (answer: Answer): Promise<string> => {
    const { connector } = await connectorWith(t, { [show]: process('STARTED'), [terminate]: answer })
    return connector.terminate('p1', 'x').then(
      ({ outcome }) => outcome,
      (error: unknown) => (shown(error).includes(key) ? 'the key is shown' : 'error'),
    )
  }
  t.is(await say(204), 'delivered')
  t.is(await say(unknown), 'unknown')
  t.is(await say(404), 'error', 'it may be the proxy that does not know it')
  t.is(await say(409), 'later')
  t.is(await say(401), 'error')
  t.is(await say(500), 'error')
})

// check

test('a check asks for one process and wants 200', async (t) => {
  const query = 'POST /management/v3/transferprocesses/request'
  const good = await connectorWith(t, { [query]: [200, []] })
  await t.notThrowsAsync(good.connector.check())
  t.like(good.calls[0], { key, body: { '@type': 'QuerySpec', limit: 1 } })
  for (const status of [401, 405, 500]) {
    const { connector } = await connectorWith(t, { [query]: status })
    await t.throwsAsync(connector.check(), { message: new RegExp(`answered ${status}`) })
  }
})

function endless(_: IncomingMessage, response: ServerResponse): void {
  const chunk = ' '.repeat(256 * 1024)
  const more = (): void => {
    if (!response.destroyed) response.write(chunk, () => setImmediate(more))
  }
  more()
}

/** Everything of an error that a log could show. */
function shown(error: unknown): string {
  const parts: string[] = []
  for (let one: unknown = error; one instanceof Error; one = one.cause)
    parts.push(one.message, one.stack ?? '', JSON.stringify(one), JSON.stringify({ ...one }))
  return parts.join('\n')
}
