import { DataPlaneError } from '../../../dps/data-plane.ts'
import { ENDED } from '../../support/dataspace.ts'
import { eventually } from '../../support/eventually.ts'
import { asRecorded, type RecordedName } from './recorded.ts'
import { asked, available, beginPush, onEach, processOf, type Scene } from './scene.ts'
import { served } from './small-data-plane.ts'

// Real control planes and a real consumer; no HTTP provisioner and no data plane of EDC’s have a part in it.

onEach(
  'a pull: the start says all that a data plane needs, the consumer gets the address that we issue',
  async (t, scene) => {
    const { dataspace, dataPlane, assetId, controlPlane } = scene
    const { transfer, processId, agreementId } = await startedPull(scene, { TOP: 3 })
    t.like((await dataPlane.flow(processId))?.message, {
      processId,
      agreementId,
      datasetId: assetId,
      counterPartyId: 'consumer',
      profile: 'HttpData-PULL',
      callbackAddress: controlPlane.control,
      metadata: {},
      dataAddress: { endpointType: 'HttpProxy', properties: { params: '{"TOP":3}' } },
      sourceAddress: { endpointType: controlPlane.pair.addressType, properties: { name: assetId } },
    })
    await startAsRecorded(t, scene, 'start-pull', agreementId, processId)
    t.is(dataPlane.requests[0]?.path, startPath(scene))
    const access = await dataspace.access(transfer)
    t.is(access.endpoint, new URL(`/data/${processId}`, dataPlane.url).href)
    t.is(await (await dataspace.read(access)).text(), served)
  },
)

onEach('a pull without a destination', async (t, scene) => {
  const { processId } = await startedPull(scene)
  t.is((await scene.dataPlane.flow(processId))?.message.dataAddress, undefined)
})

onEach(
  'suspended and resumed by the consumer: a resume is a start again, whose address reaches the consumer',
  async (t, scene) => {
    const { dataspace, dataPlane } = scene
    const { transfer, processId } = await startedPull(scene)
    const before = await dataspace.access(transfer)
    await ofConsumer(scene, transfer, 'suspend', { '@type': 'SuspendTransfer', reason: 'lunch' })
    await asked(scene, 'suspend', processId)
    await dataspace.consumerReaches(transfer, ['SUSPENDED'])
    await dataspace.providerReaches(transfer, ['SUSPENDED'])
    t.is((await dataspace.read(before)).status, 403)
    await ofConsumer(scene, transfer, 'resume', {})
    await asked(scene, 'resume', processId)
    await dataspace.consumerReaches(transfer, ['STARTED'])
    await dataspace.providerReaches(transfer, ['STARTED'])
    t.like(await dataspace.access(transfer), { endpoint: before.endpoint, authorization: before.authorization })
    t.is(await (await dataspace.read(before)).text(), served)
    t.deepEqual(kinds(scene), ['start', 'suspend', 'resume'])
    const [first, second, third] = dataPlane.requests
    t.is(second?.path, `/dataflows/${processId}/suspend`)
    t.deepEqual(third, first, 'on the wire it is the start once more')
    await asRecorded(t, 'suspend', second?.body)
  },
)

onEach('suspended and terminated by the provider', async (t, scene) => {
  const { dataspace, dataPlane } = scene
  const { transfer, processId } = await startedPull(scene)
  await suspendedByProvider(scene, transfer, processId)
  await ofProvider(scene, processId, 'terminate', { '@type': 'TerminateTransfer', reason: 'over' })
  await dataspace.consumerReaches(transfer, ['TERMINATED'])
  t.deepEqual(kinds(scene), ['start', 'suspend', 'terminate'])
  t.is((await dataPlane.flow(processId))?.state, 'TERMINATED')
  await asRecorded(t, 'terminate', dataPlane.requests.at(-1)?.body)
})

onEach('resumed by the provider: the consumer refuses it, and the process is over', async (t, scene) => {
  const { transfer, processId } = await startedPull(scene)
  await suspendedByProvider(scene, transfer, processId)
  await ofProvider(scene, processId, 'resume', {})
  const provider = await scene.dataspace.providerReaches(transfer, ENDED)
  t.regex(provider.errorDetail ?? '', /transfer cannot be started/)
  t.deepEqual(kinds(scene).slice(0, 3), ['start', 'suspend', 'resume'])
  // 0.10.0 does not tell the data plane of this end: only the Management API does
  if (scene.controlPlane.version === '0.10.0') t.is(kinds(scene).length, 3)
  else await asked(scene, 'terminate', processId)
})

onEach('terminated by the consumer: EDC 0.10 does not tell the data plane, EDC 0.15 does', async (t, scene) => {
  const { dataspace, dataPlane } = scene
  const { transfer, processId } = await startedPull(scene)
  await dataspace.terminate(transfer, 'seen enough')
  await dataspace.providerReaches(transfer, ENDED)
  if (scene.controlPlane.version === '0.15.1') await asked(scene, 'terminate', processId)
  t.is((await dataPlane.flow(processId))?.state, scene.controlPlane.version === '0.15.1' ? 'TERMINATED' : 'STARTED')
})

for (const [transferType, name, destination] of [
  [
    'HttpData-PUSH',
    'start-push-http',
    { type: 'HttpData', baseUrl: 'http://127.0.0.1:9/sink', authKey: 'x-key', authCode: 'secret' },
  ],
  [
    'AmazonS3-PUSH',
    'start-push-s3',
    {
      type: 'AmazonS3',
      region: 'us-east-1',
      bucketName: 'consumer',
      objectName: 'result.zip',
      endpointOverride: 'http://127.0.0.1:9',
      accessKeyId: 'id',
      secretAccessKey: 'secret',
    },
  ],
] as const) {
  onEach(
    `${transferType}: the destination reaches the data plane, and the end that we tell holds`,
    async (t, scene) => {
      const { dataspace, dataPlane, notices } = scene
      const transfer = await beginPush(scene, await dataspace.negotiate(scene.assetId), transferType, destination)
      await dataspace.consumerReaches(transfer, ['STARTED'])
      const { '@id': processId, contractId } = await dataspace.providerReaches(transfer, ['STARTED'])
      const message = (await dataPlane.flow(processId))?.message
      const { type, ...properties } = destination
      t.is(message?.profile, transferType)
      t.is(message?.dataAddress?.endpointType, type)
      t.like(message?.dataAddress?.properties, properties)
      await startAsRecorded(t, scene, name, contractId ?? '', processId)
      const completed = () => notices.tell('completed', processId, { flowId: processId, state: 'COMPLETED' })
      t.deepEqual(await completed(), { outcome: 'taken' })
      await dataspace.consumerReaches(transfer, ['COMPLETED'])
      await dataspace.providerReaches(transfer, ENDED)
      t.like(await completed(), { outcome: 'later', status: 409 })
      t.deepEqual(kinds(scene), ['start'])
    },
  )
}

onEach('an end that is told before the start was answered is refused, and taken later', async (t, scene) => {
  const { dataspace, dataPlane, notices, assetId } = scene
  const answer = Promise.withResolvers<void>()
  dataPlane.onStart = () => answer.promise
  const destination = { type: 'HttpData', baseUrl: 'http://127.0.0.1:9/sink' }
  const transfer = await beginPush(scene, await dataspace.negotiate(assetId), 'HttpData-PUSH', destination)
  const processId = await processOf(scene, transfer)
  await asked(scene, 'start', processId)
  const completed = () => notices.tell('completed', processId, { flowId: processId, state: 'COMPLETED' })
  t.like(await completed(), { outcome: 'later', status: 409 })
  answer.resolve()
  // The refusal unlocks the process: EDC may start it once more, and an end that is taken before that is lost. Only the state proves it.
  await eventually('the transfer to be completed', async () => {
    const { state } = await dataspace.consumerTransfer(transfer)
    if (state === 'COMPLETED') return { done: true }
    const provider = await dataspace.providerTransfer(transfer)
    if (provider?.state === 'STARTED') await completed()
    return { pending: `the consumer says ${state}, the provider ${provider?.state}` }
  })
  t.deepEqual(kinds(scene), ['start'], 'for the data plane there is one start')
})

onEach('a failure that is told ends the process with its reason', async (t, scene) => {
  const { dataspace, notices } = scene
  const { transfer, processId } = await startedPull(scene)
  const failure = { flowId: processId, state: 'TERMINATED', error: 'exit-code: the worker ended with 3' } as const
  t.deepEqual(await notices.tell('errored', processId, failure), { outcome: 'taken' })
  await dataspace.consumerReaches(transfer, ['TERMINATED'])
  const provider = await dataspace.providerReaches(transfer, ENDED)
  t.regex(provider.errorDetail ?? '', /the worker ended with 3/)
  await asked(scene, 'terminate', processId)
  t.like(await notices.tell('errored', 'nobody-knows-me', failure), { outcome: 'later', status: 404 })
})

onEach('a refused start ends the process, with our words as the provider’s reason', async (t, scene) => {
  const { dataspace, dataPlane, assetId } = scene
  dataPlane.onStart = () => Promise.reject(new DataPlaneError(422, 'invalid-parameters', 'TOP must be an integer.'))
  const agreementId = await dataspace.negotiate(assetId)
  const provider = await eventually('an end that is not for want of a data plane', async () => {
    await available(scene, scene.registration) // on a busy machine EDC's look at it may fail meanwhile
    const transfer = await dataspace.transfer(assetId, agreementId, { TOP: 'many' })
    await dataspace.consumerReaches(transfer, ['TERMINATED'])
    const ended = await dataspace.providerReaches(transfer, ENDED)
    return ended.errorDetail === 'DataPlane not found' ? { pending: ended.errorDetail } : { done: ended }
  })
  t.regex(provider.errorDetail ?? '', /TOP must be an integer/)
  t.deepEqual(kinds(scene), ['start', 'start'], 'as often as edc.core.retry.retries.max says, and once more')
})

onEach(
  'a start that is not done: EDC waits, and starts again when it is told that it is done',
  async (t, scene) => {
    const { dataspace, dataPlane, notices, assetId } = scene
    dataPlane.startsLater = true
    const transfer = await dataspace.transfer(assetId, await dataspace.negotiate(assetId), { TOP: 3 })
    const { '@id': processId } = await dataspace.providerReaches(transfer, ['STARTUP_REQUESTED'])
    t.is((await dataspace.consumerTransfer(transfer)).state, 'REQUESTED')
    const status = await dataPlane.done(processId)
    t.deepEqual(await notices.tell('started', processId, status), { outcome: 'taken' })
    await dataspace.consumerReaches(transfer, ['STARTED'])
    t.is(await (await dataspace.read(await dataspace.access(transfer))).text(), served)
    t.deepEqual(kinds(scene), ['start'], 'the second one was answered with where the flow is')
    t.is(dataPlane.requests.length, 2)
  },
  ['0.15.1'],
)

/** A pull that both sides say is started. The agreement's id is the provider's: from 0.15 on each side has its own. */
async function startedPull(scene: Scene, parameters?: Record<string, unknown>) {
  const { dataspace, assetId } = scene
  const agreement = await dataspace.negotiate(assetId)
  await available(scene, scene.registration)
  const transfer = await dataspace.transfer(assetId, agreement, parameters)
  await dataspace.consumerReaches(transfer, ['STARTED'])
  const { '@id': processId, contractId } = await dataspace.providerReaches(transfer, ['STARTED'])
  return { transfer, processId, agreementId: contractId ?? '' }
}

/** The provider suspends, and both sides say so. */
async function suspendedByProvider(scene: Scene, consumerId: string, processId: string): Promise<void> {
  await ofProvider(scene, processId, 'suspend', { '@type': 'SuspendTransfer', reason: 'lunch' })
  await scene.dataspace.consumerReaches(consumerId, ['SUSPENDED'])
  await scene.dataspace.providerReaches(consumerId, ['SUSPENDED'])
}

type Verb = 'suspend' | 'resume' | 'terminate'

/** What the provider's administrator does with a process. */
async function ofProvider(
  { dataspace }: Scene,
  id: string,
  verb: Verb,
  document: Record<string, unknown>,
): Promise<void> {
  await dataspace.provider.send('POST', `/v3/transferprocesses/${id}/${verb}`, document)
}

/** What the consumer's does. */
async function ofConsumer(
  { dataspace }: Scene,
  id: string,
  verb: Verb,
  document: Record<string, unknown>,
): Promise<void> {
  await dataspace.consumer.send('POST', `/v3/transferprocesses/${id}/${verb}`, document)
}

/** What the data plane was asked for, in order. */
function kinds({ dataPlane }: Scene): readonly string[] {
  return dataPlane.calls.map(({ kind }) => kind)
}

function startPath({ controlPlane }: Scene): string {
  return controlPlane.version === '0.10.0' ? '/dataflows' : '/dataflows/start'
}

/** The start is what was recorded, but for what differs from run to run. */
async function startAsRecorded(
  t: Parameters<typeof asRecorded>[0],
  { assetId, controlPlane, dataPlane }: Scene,
  name: RecordedName,
  agreementId: string,
  processId: string,
): Promise<void> {
  const { control, pair } = controlPlane
  const names = { assetId, agreementId, processId, addressType: pair.addressType, control }
  await asRecorded(t, name, dataPlane.requests[0]?.body, names)
}
