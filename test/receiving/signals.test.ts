import type { ServerResponse } from 'node:http'
import test from 'ava'
import { type DataAddress, DataPlaneError } from '../../dps/data-plane.ts'
import { receptionToken } from '../../entrypoint/receiving/token.ts'
import { readDestination } from '../../entrypoint/push/read-destination.ts'
import { textOfLog } from '../http/stage.ts'
import { eventually } from '../support/eventually.ts'
import { gateway, secretToken } from './gateway.ts'
import { caller, prepareMessage, type Receiver, receiver, tokenKey } from './receiver.ts'

/** What a call is refused with. */
async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return error instanceof DataPlaneError ? `${error.status} ${error.code}` : `not refused: ${String(error)}`
}

const address: DataAddress = { endpointType: 'HttpData', endpoint: 'http://127.0.0.1:9/data', properties: {} }

test('a pull is prepared at once, and a repeated prepare gets the same answer', async (t) => {
  const { dataPlane, find } = await receiver(t)
  const message = prepareMessage('HttpData-PULL')
  const expected = { flowId: message.processId, state: 'PREPARED' } as const
  t.deepEqual(await dataPlane.prepare(message, caller), expected)
  t.deepEqual(await dataPlane.prepare(message, caller), expected)
  t.deepEqual(await dataPlane.prepare({ ...message, messageId: 'another' }, caller), expected, 'EDC was restarted')
  const { id, terms } = await find(message.processId)
  t.like(terms, { agreementId: 'agreement-1', assetId: 'word-count', providerId: 'provider', profile: 'HttpData-PULL' })
  for (const other of [{ agreementId: 'other' }, { datasetId: 'other' }, { profile: 'HttpData-PUSH' }])
    t.is(await refusal(dataPlane.prepare({ ...message, ...other }, caller)), '409 flow-exists')
  t.is((await find(message.processId)).id, id)
})

test('parameters go along where the metadata has them: in a push with the destination, in a pull by themselves', async (t) => {
  const { dataPlane } = await receiver(t)
  const pull = prepareMessage('HttpData-PULL', { metadata: { params: { TOP: 5 } } })
  const { dataAddress } = await dataPlane.prepare(pull, caller)
  t.like(dataAddress, { endpointType: 'ComputeInput', properties: { params: '{"TOP":5}' } })
  const push = prepareMessage('HttpData-PUSH', { metadata: { params: '{"TOP":"6"}', other: [1] } })
  t.is((await dataPlane.prepare(push, caller)).dataAddress?.properties['params'], '{"TOP":"6"}')
  for (const params of ['no JSON', '[1]', 7, { a: 'x'.repeat(70_000) }]) {
    const wrong = prepareMessage('HttpData-PULL', { metadata: { params } })
    t.is(await refusal(dataPlane.prepare(wrong, caller)), '422 invalid-parameters')
  }
})

test('a push is offered an address of ours that our own pushes understand', async (t) => {
  const { dataPlane, find } = await receiver(t)
  for (const profile of ['HttpData-PUSH', 'Compute-PUSH', 'https://w3id.org/dspace-sig/profile/http-push']) {
    const message = prepareMessage(profile)
    const { dataAddress, state } = await dataPlane.prepare(message, caller)
    t.is(state, 'PREPARED')
    if (dataAddress === undefined) return t.fail('there is no address')
    const { id } = await find(message.processId)
    t.is(dataAddress.endpoint, `https://consumer.example/base/received/${id}`)
    t.like(readDestination(dataAddress), {
      kind: 'http',
      method: 'PUT',
      archive: 'none',
      headers: { authorization: `Bearer ${receptionToken(tokenKey, id)}` },
    })
    t.deepEqual((await dataPlane.prepare(message, caller)).dataAddress, dataAddress, 'the same token again')
  }
})

test('S3 is refused where there is no store that gives temporary credentials', async (t) => {
  const { dataPlane } = await receiver(t)
  t.is(await refusal(dataPlane.prepare(prepareMessage('AmazonS3-PUSH'), caller)), '422 destination-unavailable')
  const byDefault = await receiver(t, { rules: { destination: 's3' } })
  t.is(
    await refusal(byDefault.dataPlane.prepare(prepareMessage('Compute-PUSH'), caller)),
    '422 destination-unavailable',
  )
  t.is((await byDefault.dataPlane.prepare(prepareMessage('HttpData-PUSH'), caller)).state, 'PREPARED')
})

test('a store that gives none right now does not end the transfer: the control plane waits, and is told', async (t) => {
  let away = true
  const access = {
    kind: 's3',
    endpoint: 'http://s3.internal',
    region: 'x',
    bucket: 'b',
    accessKey: 'key',
    secretKey: 'secret-of-s3',
    sessionToken: 'token-of-s3',
  } as const
  const { dataPlane, told, run, find, log } = await receiver(t, {
    rules: { s3Endpoint: 'https://s3.example' },
    wrapObjects: (objects) => ({
      ...objects,
      access: () => (away ? Promise.reject(new Error('it is away')) : Promise.resolve(access)),
    }),
  })
  const message = prepareMessage('AmazonS3-PUSH')
  const expected = { flowId: message.processId, state: 'PREPARING' } as const
  t.deepEqual(await dataPlane.prepare(message, caller), expected)
  t.deepEqual(await dataPlane.prepare(message, caller), expected, 'the callback is still owed')
  await run(3)
  t.deepEqual(told, [])
  away = false
  await run()
  t.deepEqual(
    told.map(({ kind, status }) => [kind, status.state, status.dataAddress?.endpoint]),
    [['prepared', 'PREPARED', 'https://s3.example']],
  )
  t.is((await dataPlane.status(message.processId, caller))?.state, 'PREPARED')
  t.is((await dataPlane.prepare(message, caller)).dataAddress?.endpoint, 'https://s3.example')
  t.is((await find(message.processId)).owed, undefined)
  t.notRegex(textOfLog(log), /-of-s3/)
})

test('a profile may be prepared later; who starts before our news was taken has heard it', async (t) => {
  for (const profile of ['Later-PULL', 'Later-PUSH']) {
    const { dataPlane, told, run, find } = await receiver(t)
    const message = prepareMessage(profile)
    t.is((await dataPlane.prepare(message, caller)).state, 'PREPARING')
    await run()
    t.is(told[0]?.kind, 'prepared')
    t.is(told[0]?.status.dataAddress !== undefined, profile === 'Later-PUSH')
    const quick = prepareMessage(profile)
    await dataPlane.prepare(quick, caller)
    await dataPlane.started(quick.processId, { dataAddress: address }, caller)
    t.like(await find(quick.processId), { flow: 'started', owed: undefined })
    const ended = prepareMessage(profile)
    await dataPlane.prepare(ended, caller)
    await dataPlane.terminate(ended.processId, {}, caller)
    await run(5)
    t.false(told.some(({ processId }) => processId === ended.processId))
  }
})

test('a pull that starts without an address waits for one', async (t) => {
  const provider = await gateway(t, { a: 'file' })
  const { dataPlane, run, find, log } = await receiver(t)
  const [message, other] = [prepareMessage('HttpData-PULL'), prepareMessage('HttpData-PULL')]
  for (const { processId } of [message, other]) {
    await dataPlane.prepare(processId === message.processId ? message : other, caller)
    await dataPlane.started(processId, {}, caller)
    t.like(await find(processId), { flow: 'started', state: 'awaited' })
  }
  t.true(log.some(({ message: said }) => said === 'a pull has started without an address'))
  await dataPlane.started(message.processId, { dataAddress: provider.address }, caller)
  await dataPlane.completed(other.processId, caller)
  await run()
  t.is((await find(message.processId)).state, 'received')
  t.like(await find(other.processId), { state: 'failed', failure: { cause: 'incomplete' } })
})

test('what cannot be kept or understood is refused', async (t) => {
  const { dataPlane } = await receiver(t)
  const refused = (more: Parameters<typeof prepareMessage>[1], profile = 'HttpData-PULL') =>
    refusal(dataPlane.prepare(prepareMessage(profile, more), caller))
  t.is(await refused({}, 'HttpData'), '422 profile-unknown')
  t.is(await refused({ processId: 'a\0b' }), '422 invalid-message')
  t.is(await refused({ agreementId: 'a'.repeat(513) }), '422 invalid-message')
  t.is(await refusal(dataPlane.start(prepareMessage('HttpData-PULL'), caller)), '422 role-unknown')
  for (const flowId of ['nobody', 'a\0b', 'a'.repeat(600)]) {
    t.is(await dataPlane.status(flowId, caller), undefined)
    for (const call of [
      dataPlane.started(flowId, { dataAddress: address }, caller),
      dataPlane.suspend(flowId, {}, caller),
      dataPlane.resume(flowId, {}, caller),
      dataPlane.terminate(flowId, {}, caller),
      dataPlane.completed(flowId, caller),
    ])
      t.is(await refusal(call), '404 flow-unknown')
  }
})

test('a control plane knows only its own flows', async (t) => {
  const { dataPlane } = await receiver(t)
  const message = prepareMessage('HttpData-PULL')
  await dataPlane.prepare(message, caller)
  const other = { controlPlaneId: 'other' }
  t.is(await dataPlane.status(message.processId, other), undefined)
  t.is(await refusal(dataPlane.terminate(message.processId, {}, other)), '404 flow-unknown')
  t.is((await dataPlane.prepare(message, other)).state, 'PREPARED', 'ids are those of one control plane')
})

for (const [what, dataAddress] of [
  ['no endpoint', { endpointType: 'HttpData', properties: {} }],
  ['an endpoint that is no address', { endpointType: 'HttpData', endpoint: 'file:///etc/passwd', properties: {} }],
  ['a token that fits no header', { ...address, properties: { authorization: 'a\nb', authType: 'bearer' } }],
  ['a header with a strange name', { ...address, properties: { authKey: 'a b', authCode: 'c' } }],
  ['a header of two lines', { ...address, properties: { authKey: 'X-Key', authCode: 'c\r\nHost: d' } }],
  ...[
    'Host',
    'host',
    'Transfer-Encoding',
    'Content-Length',
    'content-type',
    'Connection',
    'Expect',
    'Upgrade',
    'Cookie',
    'X-Forwarded-For',
    'Forwarded',
    'Proxy-Authorization',
    'Accept-Encoding',
    'Range',
    'If-Range',
  ].map((authKey) => [`the header ${authKey}`, { ...address, properties: { authKey, authCode: 'c' } }] as const),
] as const) {
  test(`a pull that starts with ${what} is refused, and may start well afterwards`, async (t) => {
    const { dataPlane } = await receiver(t)
    const message = prepareMessage('HttpData-PULL')
    await dataPlane.prepare(message, caller)
    const call = dataPlane.started(message.processId, { dataAddress }, caller)
    t.regex(await refusal(call), /^422 address-/)
    t.is((await dataPlane.status(message.processId, caller))?.state, 'PREPARED')
    await dataPlane.started(message.processId, { dataAddress: address }, caller)
    t.is((await dataPlane.status(message.processId, caller))?.state, 'STARTED')
  })
}

test('properties are found by their plain names, and by EDC’s', async (t) => {
  const { dataPlane, find } = await receiver(t)
  const edc = 'https://w3id.org/edc/v0.0.1/ns/'
  for (const [properties, header] of [
    [
      { authorization: 'abc', authType: 'bearer' },
      { name: 'Authorization', value: 'Bearer abc' },
    ],
    [
      { authorization: 'Bearer abc', authType: 'bearer' },
      { name: 'Authorization', value: 'Bearer abc' },
    ],
    [{ authorization: 'abc' }, { name: 'Authorization', value: 'abc' }],
    [
      { [`${edc}authorization`]: 'abc', [`${edc}authType`]: 'BEARER' },
      { name: 'Authorization', value: 'Bearer abc' },
    ],
    [
      { authKey: 'X-Api-Key', authCode: 'abc' },
      { name: 'X-Api-Key', value: 'abc' },
    ],
    [{ [`${edc}endpoint`]: 'https://x.example/y', unknown: 'z' }, undefined],
  ] as const) {
    const message = prepareMessage('HttpData-PULL')
    await dataPlane.prepare(message, caller)
    await dataPlane.started(message.processId, { dataAddress: { ...address, properties } }, caller)
    t.deepEqual((await find(message.processId)).source?.header, header)
  }
})

/** A pull that hangs in the middle of its one file. */
async function hanging(t: Parameters<typeof gateway>[0]) {
  const provider = await gateway(t, { a: 'the first file', b: 'the second file' })
  const held = Promise.withResolvers<ServerResponse>()
  let hang = true
  provider.intercept((request, response) => {
    if (!hang || !request.url?.endsWith('/b')) return false
    response.writeHead(200, { 'content-length': 15 }).write('the sec')
    held.resolve(response)
    return true
  })
  const consumer = await receiver(t)
  const processId = await consumer.pull(provider.address)
  const running = consumer.run()
  await held.promise
  await eventually('the first file is here', async () => {
    const files = Object.keys(await consumer.held(processId))
    return files.includes('files/a') ? { done: files } : { pending: files.join() }
  })
  return { provider, ...consumer, processId, running, goOn: () => void (hang = false) }
}

test('suspended in the middle of a file, nothing goes on; resumed, only what is missing is fetched', async (t) => {
  const { dataPlane, provider, processId, running, find, goOn, run, log } = await hanging(t)
  await dataPlane.suspend(processId, {}, caller)
  await dataPlane.suspend(processId, {}, caller)
  await running
  t.like(await find(processId), { flow: 'suspended', state: 'fetching' })
  t.is((await dataPlane.status(processId, caller))?.state, 'SUSPENDED')
  const before = provider.requests.length
  await run()
  t.is(provider.requests.length, before)
  goOn()
  t.is((await dataPlane.resume(processId, {}, caller)).state, 'STARTED')
  t.is((await dataPlane.resume(processId, {}, caller)).state, 'STARTED')
  await run()
  t.like(await find(processId), { flow: 'completed', state: 'received' })
  t.deepEqual(provider.requests.slice(before), ['/result/manifest.json', '/result/files/b'])
  t.false(log.some(({ level }) => level === 'error'))
})

test('a control plane that tells of a resumption as of a start is understood', async (t) => {
  const { dataPlane, provider, processId, running, find, goOn, run } = await hanging(t)
  await dataPlane.suspend(processId, {}, caller)
  await running
  goOn()
  await dataPlane.started(processId, { dataAddress: provider.address }, caller)
  await run()
  t.is((await find(processId)).state, 'received')
})

test('terminated in the middle of a file, it ends, and what is half here goes', async (t) => {
  const { dataPlane, processId, running, find, held, log } = await hanging(t)
  await dataPlane.terminate(processId, { reason: 'enough' }, caller)
  await running
  const reception = await find(processId)
  t.like(reception, { flow: 'terminated', state: 'removed', reason: 'enough', source: undefined })
  t.deepEqual(await held(processId), {})
  t.is((await dataPlane.status(processId, caller))?.state, 'TERMINATED')
  t.notRegex(textOfLog(log), new RegExp(secretToken))
})

/** Brings a flow to a state. */
async function at(t: Parameters<typeof receiver>[0], state: string): Promise<Receiver & { readonly flowId: string }> {
  const consumer = await receiver(t)
  const message = prepareMessage('HttpData-PUSH')
  const flowId = message.processId
  await consumer.dataPlane.prepare(message, caller)
  if (state !== 'PREPARED' && state !== 'TERMINATED') await consumer.dataPlane.started(flowId, {}, caller)
  if (state === 'SUSPENDED') await consumer.dataPlane.suspend(flowId, {}, caller)
  if (state === 'COMPLETED') await consumer.dataPlane.completed(flowId, caller)
  if (state === 'TERMINATED') await consumer.dataPlane.terminate(flowId, {}, caller)
  return { ...consumer, flowId }
}

const afterwards: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  PREPARED: { started: 'STARTED', suspend: '409', resume: '409', terminate: 'TERMINATED', completed: '409' },
  STARTED: {
    started: 'STARTED',
    suspend: 'SUSPENDED',
    resume: 'STARTED',
    terminate: 'TERMINATED',
    completed: 'COMPLETED',
  },
  SUSPENDED: { started: 'STARTED', suspend: 'SUSPENDED', resume: 'STARTED', terminate: 'TERMINATED', completed: '409' },
  COMPLETED: { started: '409', suspend: '409', resume: '409', terminate: 'COMPLETED', completed: 'COMPLETED' },
  TERMINATED: { started: '409', suspend: '409', resume: '409', terminate: 'TERMINATED', completed: 'TERMINATED' },
}
for (const [state, signals] of Object.entries(afterwards)) {
  test(`every signal to a flow that is ${state}`, async (t) => {
    for (const [signal, expected] of Object.entries(signals)) {
      const { dataPlane, flowId } = await at(t, state)
      const calls: Readonly<Record<string, () => Promise<unknown>>> = {
        started: () => dataPlane.started(flowId, {}, caller),
        suspend: () => dataPlane.suspend(flowId, {}, caller),
        resume: () => dataPlane.resume(flowId, {}, caller),
        terminate: () => dataPlane.terminate(flowId, {}, caller),
        completed: () => dataPlane.completed(flowId, caller),
      }
      const call = calls[signal]?.() ?? Promise.reject(new Error(`there is no ${signal}`))
      if (expected === '409') t.is(await refusal(call), '409 impossible-now', signal)
      else await call
      const now = (await dataPlane.status(flowId, caller))?.state
      t.is(now, (expected === '409' ? state : expected) as typeof now, signal)
    }
  })
}

test('news that the control plane takes later is told later; of which nobody knows, once more', async (t) => {
  const provider = await gateway(t, { a: 'file' })
  const { pull, run, find, told, answer } = await receiver(t)
  const answers = [
    { outcome: 'later', status: 409, reason: 'not yet' },
    { outcome: 'unclear', reason: 'the connection broke' },
    { outcome: 'later', status: 409, reason: 'it is COMPLETED' },
  ] as const
  answer(() => answers[told.length - 1] ?? { outcome: 'taken' })
  const processId = await pull(provider.address)
  await run()
  t.is(told.length, 3, 'what was refused after an unclear try was heard')
  t.like(await find(processId), { flow: 'completed', state: 'received', owed: undefined, owedUnclear: undefined })
})

test('news of which nothing is on record because the process ended is told once more', async (t) => {
  for (const [status, kind] of [
    [409, 'completed'],
    [500, 'prepared'],
  ] as const) {
    const provider = await gateway(t, { a: 'file' })
    const { dataPlane, pull, run, find, told, answer } = await receiver(t)
    answer(() => {
      if (told.length === 1) throw new Error('the process ended')
      return { outcome: 'later', status, reason: 'it was told that before' }
    })
    const message = prepareMessage('Later-PULL')
    if (kind === 'prepared') await dataPlane.prepare(message, caller)
    const processId = kind === 'prepared' ? message.processId : await pull(provider.address)
    await run()
    t.deepEqual(
      told.map((one) => one.kind),
      [kind, kind],
    )
    t.like(await find(processId), { owed: undefined, owedUnclear: undefined })
  }
})

test('news that is refused leaves the flow open, for an end that the control plane tells', async (t) => {
  const provider = await gateway(t, { a: 'file' })
  const { pull, run, find, answer, dataPlane, held } = await receiver(t)
  answer(() => ({ outcome: 'refused', status: 400, reason: 'no such thing' }))
  const processId = await pull(provider.address)
  await run()
  t.like(await find(processId), { flow: 'started', state: 'received', owed: undefined })
  await dataPlane.completed(processId, caller)
  t.like(await find(processId), { flow: 'completed', state: 'received', source: undefined })
  t.is((await held(processId))['files/a'], 'file')
})
