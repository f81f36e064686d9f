import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import {
  type Caller,
  type DataAddress,
  DataPlaneError,
  type DataPlaneErrorStatus,
  type FlowMessage,
  type FlowState,
} from '../data-plane.ts'
import { type FlowStore, type KeptFlow, memoryFlowStore } from './flow-store.ts'
import { type FlowWork, keepFlows } from './keep-flows.ts'
import { flowTransitions, isOver } from './transition.ts'

const caller: Caller = { controlPlaneId: 'cp' }
const address: DataAddress = { endpointType: 'Http', endpoint: 'https://data.example/1', properties: {} }

function message(more: Partial<FlowMessage> = {}): FlowMessage {
  return {
    messageId: 'm-1',
    processId: 'p-1',
    agreementId: 'a-1',
    datasetId: 'd-1',
    profile: 'Http-PULL',
    claims: {},
    labels: [],
    metadata: {},
    ...more,
  }
}

/** Work that notes its calls: start and prepare end as they are told to. */
function recordingWork(started: 'STARTED' | 'STARTING' = 'STARTED', prepared: 'PREPARED' | 'PREPARING' = 'PREPARED') {
  const calls: string[] = []
  const work: FlowWork = {
    async start({ processId: flowId }) {
      calls.push('start')
      return started === 'STARTED' ? { flowId, state: started, dataAddress: address } : { flowId, state: started }
    },
    async prepare({ processId: flowId }) {
      calls.push('prepare')
      return { flowId, state: prepared }
    },
    started: async () => void calls.push('started'),
    suspend: async () => void calls.push('suspend'),
    terminate: async () => void calls.push('terminate'),
    completed: async () => void calls.push('completed'),
  }
  return { calls, work }
}

async function refused(
  t: ExecutionContext,
  call: () => Promise<unknown>,
  status: DataPlaneErrorStatus,
  code: string,
): Promise<void> {
  const error = await t.throwsAsync(call, { instanceOf: DataPlaneError, code })
  t.is(error?.status, status)
}

test('a synchronous pull: started, suspended, resumed with the same address, completed', async (t) => {
  const { calls, work } = recordingWork()
  const flows = keepFlows(work, { store: memoryFlowStore() })
  const started = { flowId: 'p-1', state: 'STARTED', dataAddress: address } as const
  t.deepEqual(await flows.start(message(), caller), started)
  await flows.suspend('p-1', { reason: 'a break' }, caller)
  t.like(await flows.status('p-1', caller), { state: 'SUSPENDED' })
  t.deepEqual(await flows.resume('p-1', {}, caller), started)
  await flows.completed('p-1', caller)
  t.like(await flows.status('p-1', caller), { state: 'COMPLETED' })
  t.deepEqual(calls, ['start', 'suspend', 'completed'])
})

test('an asynchronous start is STARTING, repetitions too, until the notice was taken', async (t) => {
  const { calls, work } = recordingWork('STARTING')
  const flows = keepFlows(work, { store: memoryFlowStore() })
  t.deepEqual(await flows.start(message(), caller), { flowId: 'p-1', state: 'STARTING' })
  t.deepEqual(await flows.start(message(), caller), { flowId: 'p-1', state: 'STARTING' })
  t.deepEqual(await flows.start(message({ messageId: 'm-2' }), caller), { flowId: 'p-1', state: 'STARTING' })
  t.like(await flows.became('p-1', 'started', { dataAddress: address }), { state: 'STARTED', dataAddress: address })
  t.like(await flows.start(message({ messageId: 'm-3' }), caller), { state: 'STARTED', dataAddress: address })
  t.deepEqual(calls, ['start'])
})

test('the consumer’s side: prepared, started by the provider, completed', async (t) => {
  const { calls, work } = recordingWork('STARTED', 'PREPARING')
  const flows = keepFlows(work, { store: memoryFlowStore() })
  t.like(await flows.prepare(message(), caller), { state: 'PREPARING' })
  await refused(t, () => flows.started('p-1', {}, caller), 409, 'wrong-state')
  await flows.became('p-1', 'prepared')
  await flows.started('p-1', { dataAddress: address }, caller)
  t.like(await flows.find('p-1'), { state: 'STARTED', dataAddress: address, began: 'prepare' })
  await flows.completed('p-1', caller)
  t.deepEqual(calls, ['prepare', 'started', 'completed'])
})

test('what came already is taken and done once; what is over can be terminated again', async (t) => {
  const { calls, work } = recordingWork()
  const flows = keepFlows(work, { store: memoryFlowStore() })
  await flows.start(message(), caller)
  await flows.suspend('p-1', {}, caller)
  await flows.suspend('p-1', {}, caller)
  await flows.terminate('p-1', { reason: 'enough' }, caller)
  await flows.terminate('p-1', { messageId: 'another' }, caller)
  t.deepEqual(await flows.status('p-1', caller), {
    flowId: 'p-1',
    state: 'TERMINATED',
    dataAddress: address,
    error: 'enough',
  })
  t.deepEqual(calls, ['start', 'suspend', 'terminate'])
  await refused(t, () => flows.start(message(), caller), 409, 'flow-exists')
  await refused(t, () => flows.completed('p-1', caller), 409, 'wrong-state')
})

test('unknown flows are unknown, and so are those of another control plane', async (t) => {
  const flows = keepFlows(recordingWork().work, { store: memoryFlowStore() })
  await flows.start(message(), caller)
  const other: Caller = { controlPlaneId: 'other' }
  for (const [flowId, who] of [
    ['p-2', caller],
    ['p-1', other],
  ] as const) {
    t.is(await flows.status(flowId, who), undefined)
    for (const call of [
      () => flows.started(flowId, {}, who),
      () => flows.suspend(flowId, {}, who),
      () => flows.resume(flowId, {}, who),
      () => flows.terminate(flowId, {}, who),
      () => flows.completed(flowId, who),
    ])
      await refused(t, call, 404, 'unknown-flow')
  }
  await refused(t, () => flows.start(message(), other), 409, 'flow-exists')
})

test('a refused start leaves nothing behind; a side that is not offered is refused', async (t) => {
  let refuse = true
  const flows = keepFlows(
    {
      async start({ processId: flowId }) {
        if (refuse) throw new DataPlaneError(422, 'no-such-dataset', 'There is no such dataset.')
        return { flowId, state: 'STARTED' }
      },
    },
    { store: memoryFlowStore() },
  )
  await refused(t, () => flows.start(message(), caller), 422, 'no-such-dataset')
  t.is(await flows.find('p-1'), undefined)
  refuse = false
  t.like(await flows.start(message(), caller), { state: 'STARTED' })
  await refused(t, () => flows.prepare(message({ processId: 'p-2' }), caller), 422, 'side-not-offered')
})

test('work that answers with a wrong state is a fault, not a refusal', async (t) => {
  const flows = keepFlows(
    { prepare: async ({ processId: flowId }) => ({ flowId, state: 'STARTED' }) },
    { store: memoryFlowStore() },
  )
  const error = await t.throwsAsync(flows.prepare(message(), caller))
  t.false(error instanceof DataPlaneError)
})

test('work that fails leaves the flow where it was, so that the message can come again', async (t) => {
  let fails = true
  const flows = keepFlows(
    {
      start: async ({ processId: flowId }) => ({ flowId, state: 'STARTED' }),
      async suspend() {
        if (fails) throw new Error('the link is down')
      },
    },
    { store: memoryFlowStore() },
  )
  await flows.start(message(), caller)
  await t.throwsAsync(flows.suspend('p-1', {}, caller), { message: 'the link is down' })
  t.like(await flows.status('p-1', caller), { state: 'STARTED' })
  fails = false
  await flows.suspend('p-1', {}, caller)
  t.like(await flows.status('p-1', caller), { state: 'SUSPENDED' })
})

test('a start that a crash cut off is done when it comes again', async (t) => {
  const { calls, work } = recordingWork()
  const store = memoryFlowStore()
  const cut: KeptFlow = {
    flowId: 'p-1',
    controlPlaneId: 'cp',
    began: 'start',
    message: message(),
    state: 'INITIALIZED',
    revision: 1,
  }
  await store.insert(cut)
  t.like(await keepFlows(work, { store }).start(message({ messageId: 'm-2' }), caller), { state: 'STARTED' })
  t.deepEqual(calls, ['start'])
})

test('two replicas over one store: what one noted, the other builds on', async (t) => {
  const kept = memoryFlowStore()
  const slow = Promise.withResolvers<void>()
  const here = keepFlows(
    {
      async start({ processId: flowId }) {
        await slow.promise
        return { flowId, state: 'STARTED' }
      },
    },
    { store: kept },
  )
  const there = keepFlows({}, { store: kept })
  const starting = here.start(message(), caller)
  await new Promise(setImmediate)
  await there.terminate('p-1', {}, caller)
  slow.resolve()
  await refused(t, () => starting, 409, 'wrong-state')
  t.like(await there.status('p-1', caller), { state: 'TERMINATED' })
})

test('a store that was changed in between is read again', async (t) => {
  const kept = memoryFlowStore()
  let losses = 2
  const store: FlowStore = {
    ...kept,
    async replace(flow) {
      if (losses-- > 0) return false
      return kept.replace(flow)
    },
  }
  const flows = keepFlows({ start: async ({ processId: flowId }) => ({ flowId, state: 'STARTED' }) }, { store })
  t.like(await flows.start(message(), caller), { state: 'STARTED' })
  t.is(losses, -1)
})

test('whatever comes in whatever order: only transitions of the table, one start, nothing after the end', async (t) => {
  const step = fc.record({
    kind: fc.constantFrom('prepare', 'start', 'started', 'suspend', 'resume', 'terminate', 'completed', 'became'),
    messageId: fc.constantFrom('m-1', 'm-2'),
    agreementId: fc.constantFrom('a-1', 'a-1', 'a-1', 'a-2'),
    who: fc.constantFrom('cp', 'cp', 'cp', 'other'),
    event: fc.constantFrom('prepared' as const, 'started' as const, 'completed' as const),
  })
  const reached = new Set<FlowState>()
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 20 }),
      fc.constantFrom('STARTED' as const, 'STARTING' as const),
      fc.constantFrom('PREPARED' as const, 'PREPARING' as const),
      async (steps, started, prepared) => {
        const { calls, work } = recordingWork(started, prepared)
        const flows = keepFlows(work, { store: memoryFlowStore() })
        const state = async (): Promise<FlowState> => (await flows.find('p-1'))?.state ?? 'INITIALIZED'
        let before = await state()
        for (const { kind, messageId, agreementId, who, event } of steps) {
          const from: Caller = { controlPlaneId: who }
          try {
            if (kind === 'prepare' || kind === 'start') await flows[kind](message({ messageId, agreementId }), from)
            else if (kind === 'completed') await flows.completed('p-1', from)
            else if (kind === 'became') await flows.became('p-1', event)
            else await flows[kind]('p-1', { messageId }, from)
          } catch (error) {
            if (!(error instanceof DataPlaneError)) throw error
          }
          const after = await state()
          if (after !== before) t.true(flowTransitions[before].includes(after), `${kind}: ${before} -> ${after}`)
          if (isOver(before)) t.is(after, before)
          before = after
          reached.add(after)
        }
        for (const once of ['prepare', 'start', 'terminate', 'completed'])
          t.true(calls.filter((call) => call === once).length <= 1, once)
      },
    ),
    { numRuns: 500 },
  )
  t.is(reached.size, Object.keys(flowTransitions).length)
})
