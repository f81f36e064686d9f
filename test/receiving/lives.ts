import type { ExecutionContext } from 'ava'
import { fetchAgain, removeByOperator } from '../../entrypoint/receiving/by-operator.ts'
import { gateway, manifestOf } from './gateway.ts'
import { caller, prepareMessage, type Receiver, type ReceiverOptions } from './receiver.ts'

const minute = 60_000
const files = { 'a.txt': 'one', 'plots/b.svg': '<svg/>' }
const operator = { actor: { kind: 'operator' } } as const

/** A life of a reception. It stops, with the id of its process, wherever somebody may look. */
export interface Life {
  readonly rules?: ReceiverOptions['rules']
  live(t: ExecutionContext, one: Receiver): AsyncGenerator<string, void>
}

/** Lives of receptions that come by every state, by what happens in them. */
export const lives: Readonly<Record<string, Life>> = {
  'a pull that is kept for a while, removed and forgotten': {
    rules: { retentionMs: 60 * minute, historyMs: 60 * minute },
    async *live(t, one) {
      const message = prepareMessage('HttpData-PULL')
      await one.dataPlane.prepare(message, caller)
      yield message.processId
      await one.dataPlane.started(message.processId, { dataAddress: (await gateway(t, files)).address }, caller)
      yield message.processId
      yield* stepByStep(one, message.processId)
      await t.throwsAsync(one.find(message.processId))
    },
  },
  'a pull that is suspended between two files, and resumed': {
    async *live(t, one) {
      const provider = await gateway(t, files)
      const processId = await one.pull(provider.address)
      const suspended = Promise.withResolvers<void>()
      provider.intercept(({ url }) => {
        if (url?.endsWith('b.svg') !== true) return false
        one.dataPlane.suspend(processId, {}, caller).then(suspended.resolve, suspended.reject)
        return true // and it never answers
      })
      await Promise.all([one.run(1), suspended.promise])
      t.deepEqual(Object.keys(await one.held(processId)), ['files/a.txt', 'manifest.json'])
      yield processId
      yield* stepByStep(one, processId)
      provider.intercept(() => false)
      await one.dataPlane.resume(processId, {}, caller)
      yield processId
      yield* stepByStep(one, processId)
      t.is((await one.find(processId)).state, 'received')
    },
  },
  'a pull of one file without a manifest, removed and fetched again by an operator': {
    rules: { complete: false },
    async *live(t, one) {
      const provider = await gateway(t, {})
      provider.intercept(({ url }, response) => {
        response.writeHead(url === '/result' ? 200 : 404, { 'content-type': 'text/csv' }).end('a,b')
        return true
      })
      const processId = await one.pull(provider.address)
      yield* stepByStep(one, processId)
      const { id } = await one.find(processId)
      await removeByOperator(one.parts, id, operator)
      yield processId
      await fetchAgain(one.parts, id, operator)
      yield processId
      yield* stepByStep(one, processId)
      t.like(await one.find(processId), { state: 'received', content: { verifiedBy: 'nothing' } })
    },
  },
  'a pull that fails, of which the control plane is told': {
    rules: { retentionMs: 60 * minute },
    async *live(t, one) {
      const processId = await one.pull((await gateway(t, { ...files, 'a.txt': 'two' }, manifestOf(files))).address)
      yield* stepByStep(one, processId)
      t.is(one.told[0]?.kind, 'errored')
    },
  },
  'a pull that is terminated while it is fetched': {
    async *live(t, one) {
      const processId = await one.pull((await gateway(t, files)).address)
      await pushFile(one, processId, 'files/a.txt', 'o')
      yield processId
      await one.dataPlane.terminate(processId, {}, caller)
      yield processId
      yield* stepByStep(one, processId)
      t.deepEqual(await one.held(processId), {})
    },
  },
  'a push, file by file': {
    async *live(t, one) {
      const processId = await prepared(one, 'HttpData-PUSH')
      yield processId
      await pushFile(one, processId, 'a.txt', 'o')
      await pushFile(one, processId, 'beside.txt', 'o')
      yield processId
      await one.dataPlane.started(processId, {}, caller)
      yield processId
      for (const [path, text] of Object.entries(files)) await pushFile(one, processId, path, text)
      await pushFile(one, processId, 'manifest.json', JSON.stringify(manifestOf(files)))
      await one.dataPlane.completed(processId, caller)
      yield processId
      yield* stepByStep(one, processId)
      t.is((await one.find(processId)).state, 'received')
    },
  },
  'a push that is prepared later, and of which nothing comes': {
    async *live(t, one) {
      const processId = await prepared(one, 'Later-PUSH')
      yield processId
      yield* stepByStep(one, processId)
      await one.dataPlane.started(processId, {}, caller)
      await one.dataPlane.completed(processId, caller)
      yield* stepByStep(one, processId)
      t.is((await one.find(processId)).failure?.cause, 'incomplete')
    },
  },
}

/** Lets everything happen that is due, also what is due much later, and stops after each step. */
async function* stepByStep(one: Receiver, processId: string): AsyncGenerator<string, void> {
  while ((await one.store.nextDue()) !== undefined) {
    await one.run(1)
    yield processId
  }
}

async function prepared({ dataPlane }: Receiver, profile: string): Promise<string> {
  const message = prepareMessage(profile)
  await dataPlane.prepare(message, caller)
  return message.processId
}

async function pushFile(one: Receiver, processId: string, path: string, text: string): Promise<void> {
  await one.objects.put(`received/${(await one.find(processId)).id}/${path}`, text, 'application/octet-stream')
}
