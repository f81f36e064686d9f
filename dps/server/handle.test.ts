import test from 'ava'
import fc from 'fast-check'
import { type DataPlane, DataPlaneError, type FlowStatus } from '../data-plane.ts'
import { anyCaller } from '../auth/check-caller.ts'
import { keepControlPlanes } from './control-planes.ts'
import { type HandlerOptions, dataPlaneHandler } from './handle.ts'

const address = { endpointType: 'Http', endpoint: 'https://a.example', properties: { authType: 'bearer' } }
const wireAddress = {
  '@type': 'DataAddress',
  endpointType: 'Http',
  endpoint: 'https://a.example',
  endpointProperties: [{ '@type': 'EndpointProperty', name: 'authType', value: 'bearer' }],
}
const start = {
  messageId: 'm-1',
  processId: 'p-1',
  agreementId: 'a-1',
  datasetId: 'd-1',
  profile: 'Http-PULL',
}

/** A data plane that notes what it is asked, and answers with a status. */
function noting(status: FlowStatus | undefined = { flowId: 'p-1', state: 'STARTED', dataAddress: address }) {
  const calls: unknown[][] = []
  const note =
    <T>(answer: T) =>
    async (...call: unknown[]): Promise<T> => {
      calls.push(call)
      return answer
    }
  const given = status ?? { flowId: 'p-1', state: 'STARTED' }
  const dataPlane: DataPlane = {
    prepare: note(given),
    start: note(given),
    started: note(undefined),
    suspend: note(undefined),
    resume: note(given),
    terminate: note(undefined),
    completed: note(undefined),
    status: note(status),
  }
  return { dataPlane, calls }
}

function asking(options: Partial<HandlerOptions> = {}) {
  const handle = dataPlaneHandler({ dataPlane: noting().dataPlane, authenticate: anyCaller('cp'), ...options })
  return (method: string, path: string, body?: unknown) => handle({ method, path, headers: {}, body })
}

const caller = { controlPlaneId: 'cp' }

test('POST /dataflows/start: 200 with a status, or 202 with a Location while it is STARTING', async (t) => {
  const { dataPlane, calls } = noting()
  const sync = await asking({ dataPlane })('POST', '/dataflows/start', start)
  t.like(sync, { status: 200, headers: { 'content-type': 'application/json' } })
  t.like(sync.body, { dataFlowId: 'p-1', state: 'STARTED', dataAddress: wireAddress })
  t.regex((sync.body as { messageId: string }).messageId, /^[0-9a-f-]{36}$/)
  t.deepEqual(calls, [[{ ...start, claims: {}, labels: [], metadata: {} }, caller]])

  const later = noting({ flowId: 'a/b', state: 'STARTING' })
  const async = await asking({ dataPlane: later.dataPlane })('POST', '/dataflows/start', start)
  t.like(async, { status: 202, headers: { location: '/dataflows/a%2Fb/status' }, body: { state: 'STARTING' } })
})

test('POST /dataflows/prepare: 200 PREPARED or 202 PREPARING', async (t) => {
  for (const [state, status] of [
    ['PREPARED', 200],
    ['PREPARING', 202],
  ] as const) {
    const { dataPlane } = noting({ flowId: 'p-1', state })
    const answer = await asking({ dataPlane })('POST', '/dataflows/prepare', start)
    t.like(answer, { status, body: { dataFlowId: 'p-1', state } })
    t.is('location' in answer.headers, status === 202)
  }
})

test('a flow that is over is never answered with 2xx to a start: EDC would take it for a start', async (t) => {
  for (const state of ['COMPLETED', 'TERMINATED'] as const) {
    const { dataPlane } = noting({ flowId: 'p-1', state, error: 'the disk is full' })
    const answer = await asking({ dataPlane })('POST', '/dataflows/start', start)
    t.like(answer, { status: 409, body: { code: 'flow-over', detail: `The data flow is ${state}: the disk is full.` } })
  }
})

for (const [signal, body, message] of [
  ['started', { messageId: 'm', dataAddress: wireAddress }, { messageId: 'm', dataAddress: address }],
  ['suspend', { messageId: 'm', reason: 'suspend' }, { messageId: 'm', reason: 'suspend' }],
  ['terminate', { messageId: 'm' }, { messageId: 'm' }],
  ['completed', {}, undefined],
  ['completed', undefined, undefined],
] as const)
  test(`POST /dataflows/:id/${signal} with ${JSON.stringify(body)}: 200 without a body`, async (t) => {
    const { dataPlane, calls } = noting()
    const answer = await asking({ dataPlane })('POST', `/dataflows/p%2F1/${signal}`, body)
    t.deepEqual(answer, { status: 200, headers: {} })
    t.deepEqual(calls, [message === undefined ? ['p/1', caller] : ['p/1', message, caller]])
  })

test('POST /dataflows/:id/resume: 200 with status and address, for the flow of the path', async (t) => {
  const { dataPlane, calls } = noting()
  const answer = await asking({ dataPlane })('POST', '/dataflows/p-1/resume', { messageId: 'm', processId: 'random' })
  t.like(answer, { status: 200, body: { state: 'STARTED', dataAddress: wireAddress } })
  t.deepEqual(calls, [['p-1', { messageId: 'm' }, caller]])
})

test('GET /dataflows/:id/status: the state alone, or 404', async (t) => {
  t.deepEqual((await asking()('GET', '/dataflows/p-1/status?x=1')).body, { dataFlowId: 'p-1', state: 'STARTED' })
  const unknown: DataPlane = { ...noting().dataPlane, status: async () => undefined }
  const answer = await asking({ dataPlane: unknown })('GET', '/dataflows/p-1/status')
  t.deepEqual(answer, {
    status: 404,
    headers: { 'content-type': 'application/problem+json' },
    body: {
      type: 'about:blank',
      title: 'Not found',
      status: 404,
      code: 'unknown-flow',
      detail: 'There is no data flow of this id.',
    },
  })
})

test('an unknown path is 404, a wrong method 405 with what is allowed', async (t) => {
  for (const path of [
    '/',
    '/dataflows',
    '/dataflows/other',
    '/dataflows/p-1/other',
    '/dataflows/p-1/status/x',
    '/x',
    '',
  ])
    t.like(await asking()('POST', path, start), { status: 404, body: { code: 'unknown-path' } }, path)
  for (const [method, path, allow] of [
    ['GET', '/dataflows/start', 'POST'],
    ['PUT', '/dataflows/p-1/suspend', 'POST'],
    ['POST', '/dataflows/p-1/status', 'GET'],
    ['POST', '/controlplanes', 'PUT'],
    ['PUT', '/controlplanes/cp', 'DELETE'],
  ] as const)
    t.like(
      await asking()(method, path, start),
      { status: 405, headers: { allow }, body: { code: 'wrong-method' } },
      path,
    )
})

test('what is no message or no id is 400, and reaches no data plane', async (t) => {
  const { dataPlane, calls } = noting()
  const ask = asking({ dataPlane })
  for (const [path, body] of [
    ['/dataflows/start', undefined],
    ['/dataflows/start', { ...start, processId: '' }],
    ['/dataflows/prepare', []],
    ['/dataflows/p-1/suspend', { reason: {} }],
    ['/dataflows/p-1/started', { dataAddress: 'https://a.example' }],
    ['/dataflows/%00/terminate', {}],
    ['/dataflows/%E0%A4%A/terminate', {}],
    [`/dataflows/${'x'.repeat(1025)}/completed`, {}],
    ['/dataflows//completed', {}],
  ] as const)
    t.is((await ask('POST', path, body)).status, 400, path)
  t.deepEqual(calls, [])
})

test('who is not authenticated learns nothing, not even which paths there are', async (t) => {
  const authenticate = async () => {
    throw new DataPlaneError(401, 'unauthenticated', 'The bearer token is refused: it has expired.')
  }
  for (const path of ['/dataflows/start', '/nowhere']) {
    const answer = await asking({ authenticate })('POST', path, undefined)
    t.like(answer, {
      status: 401,
      headers: { 'www-authenticate': 'Bearer' },
      body: { code: 'unauthenticated', detail: 'The bearer token is refused: it has expired.' },
    })
  }
})

test('what a data plane refuses is told; what it cannot help is not', async (t) => {
  for (const status of [400, 403, 404, 409, 422, 503] as const) {
    const refusing: DataPlane = {
      ...noting().dataPlane,
      async start() {
        throw new DataPlaneError(status, 'some-code', 'For the consumer to read.')
      },
    }
    const answer = await asking({ dataPlane: refusing })('POST', '/dataflows/start', start)
    t.like(answer, { status, body: { status, code: 'some-code', detail: 'For the consumer to read.' } })
  }
  const errors: unknown[] = []
  const broken: DataPlane = {
    ...noting().dataPlane,
    async start() {
      throw new Error('password=hunter2')
    },
  }
  const ask = asking({ dataPlane: broken, onError: (error, { path }) => errors.push(error, path) })
  const answer = await ask('POST', '/dataflows/start', start)
  t.like(answer, { status: 500, body: { code: 'internal' } })
  t.notRegex(JSON.stringify(answer), /hunter2/)
  t.like(errors, [{ message: 'password=hunter2' }, '/dataflows/start'])
})

test('pull with and push without an address: passed on, or refused to the letter of the specification', async (t) => {
  const dataAddress = wireAddress
  const push = { ...start, profile: 'Http-PUSH' }
  const bodies = [{ ...start, dataAddress }, push]
  for (const body of bodies) t.is((await asking()('POST', '/dataflows/start', body)).status, 200)
  const strict = asking({ strictAddresses: true })
  for (const body of bodies) t.like(await strict('POST', '/dataflows/start', body), { status: 400 })
  for (const body of [start, { ...push, dataAddress }, { ...start, profile: 'opaque', dataAddress }])
    t.is((await strict('POST', '/dataflows/start', body)).status, 200)
})

test('whatever is sent is answered, and only messages reach the data plane', async (t) => {
  const { dataPlane } = noting()
  const faults: unknown[] = []
  const ask = asking({ dataPlane, controlPlanes: keepControlPlanes(), onError: (error) => faults.push(error) })
  const segment = fc.constantFrom(
    '',
    'dataflows',
    'controlplanes',
    'start',
    'prepare',
    'p-1',
    'started',
    'suspend',
    'resume',
    'terminate',
    'completed',
    'status',
    '%',
    '%00',
    '__proto__',
    '..',
  )
  const nearly = fc.record(
    {
      messageId: fc.oneof(fc.constant('m'), fc.jsonValue()),
      processId: fc.oneof(fc.constant('p'), fc.jsonValue()),
      agreementId: fc.constant('a'),
      datasetId: fc.constant('d'),
      profile: fc.oneof(fc.constant('x'), fc.jsonValue()),
      dataAddress: fc.jsonValue(),
      reason: fc.jsonValue(),
      metadata: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH'),
      fc.array(segment, { maxLength: 4 }),
      fc.oneof(fc.jsonValue(), nearly, fc.constant(undefined)),
      async (method, segments, body) => {
        const { status, body: answer } = await ask(method, `/${segments.join('/')}`, body)
        t.true([200, 202, 204, 400, 403, 404, 405].includes(status), `${method} ${segments.join('/')}: ${status}`)
        if (status >= 400) t.like(answer, { status })
      },
    ),
    { numRuns: 2_000 },
  )
  t.deepEqual(faults, [])
})

test('control planes register themselves, where that is offered', async (t) => {
  const registration = { controlplaneId: 'cp', endpoint: 'https://cp.example/signaling' }
  t.is((await asking()('PUT', '/controlplanes', registration)).status, 404)
  t.is((await asking()('DELETE', '/controlplanes/cp')).status, 404)

  const controlPlanes = keepControlPlanes()
  const ask = asking({ controlPlanes })
  t.deepEqual(await ask('PUT', '/controlplanes', registration), { status: 200, headers: {} })
  t.deepEqual(controlPlanes.get('cp'), registration)
  const moved = { ...registration, endpoint: 'https://moved.example' }
  t.is((await ask('PUT', '/controlplanes', moved)).status, 200)
  t.deepEqual(controlPlanes.get('cp'), moved)
  t.like(await ask('PUT', '/controlplanes', { ...moved, controlplaneId: 'other' }), { status: 403 })
  t.like(await ask('DELETE', '/controlplanes/other'), { status: 403 })
  t.is((await ask('PUT', '/controlplanes', { controlplaneId: 'cp' })).status, 400)
  t.deepEqual(await ask('DELETE', '/controlplanes/cp'), { status: 204, headers: {} })
  t.is(controlPlanes.get('cp'), undefined)
  t.like(await ask('DELETE', '/controlplanes/cp'), { status: 404, body: { code: 'unknown-control-plane' } })
})
