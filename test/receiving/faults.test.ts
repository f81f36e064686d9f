import { Readable } from 'node:stream'
import test, { type ExecutionContext } from 'ava'
import { gateway, manifestOf } from './gateway.ts'
import { caller, prepareMessage, type Receiver, receiver } from './receiver.ts'

// Every call to the database and the object store fails once: before it had its effect, and after it. What follows must lead to the same end.

const files = { 'a.txt': 'first', 'b/c.txt': 'second file' }

/** Fails the call of that number, on either side of its effect. */
class Fault {
  calls = 0
  readonly #number: number
  readonly #after: boolean

  constructor(number: number, after: boolean) {
    this.#number = number
    this.#after = after
  }

  get struck(): boolean {
    return this.calls >= this.#number
  }

  wrap<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (from, name) => {
        const member: unknown = Reflect.get(from, name)
        if (typeof member !== 'function' || name === 'list') return member
        return async (...parameters: unknown[]): Promise<unknown> => {
          this.calls += 1
          const strikes = this.calls === this.#number
          if (strikes && !this.#after) throw new Error(`fault before ${String(name)}`)
          const value: unknown = await Reflect.apply(member, from, parameters)
          if (!strikes) return value
          if (value instanceof Readable) value.destroy()
          throw new Error(`fault after ${String(name)}`)
        }
      },
    })
  }
}

/** Lets a story happen again and again, each time with the next call failing, until all of them have. */
async function withEveryFault(
  t: ExecutionContext,
  story: (consumer: Receiver, processId: string) => Promise<void>,
  judge: (consumer: Receiver, processId: string) => Promise<void>,
  begin: (consumer: Receiver) => Promise<string>,
): Promise<void> {
  let points = 0
  for (const after of [false, true])
    for (let number = 1; ; number += 1) {
      const fault = new Fault(number, after)
      const consumer = await receiver(t, {
        wrapStore: (store) => fault.wrap(store),
        wrapObjects: (objects) => fault.wrap(objects),
      })
      let processId: string | undefined
      // A control plane, or the loop, tries again.
      for (let tries = 0; tries < 3 && processId === undefined; tries += 1)
        processId = await begin(consumer).catch(() => undefined)
      if (processId === undefined) return t.fail(`it never began, fault ${number}`)
      const id = processId
      await story(consumer, id).catch(() => story(consumer, id))
      await consumer.run()
      await judge(consumer, id)
      if (!fault.struck) break
      points += 1
    }
  t.log(`${points} faults`)
  t.true(points > 10)
}

test('a pull ends the same, whichever call fails', async (t) => {
  t.timeout(120_000)
  const provider = await gateway(t, files)
  const message = prepareMessage('HttpData-PULL')
  await withEveryFault(
    t,
    async (consumer) => consumer.run(),
    async (consumer, processId) => {
      const { state, flow, content } = await consumer.find(processId)
      t.like({ state, flow }, { state: 'received', flow: 'completed' })
      t.deepEqual(content?.files, manifestOf(files).files)
      const { 'manifest.json': _, ...held } = await consumer.held(processId)
      t.deepEqual(held, { 'files/a.txt': 'first', 'files/b/c.txt': 'second file' })
      t.true(consumer.told.length >= 1)
    },
    async ({ dataPlane }) => {
      await dataPlane.prepare(message, caller)
      await dataPlane.started(message.processId, { dataAddress: provider.address }, caller)
      return message.processId
    },
  )
})

test('a push is verified the same, and a termination leaves nothing, whichever call fails', async (t) => {
  t.timeout(120_000)
  for (const ends of ['completed', 'terminated'] as const) {
    const message = prepareMessage('HttpData-PUSH')
    await withEveryFault(
      t,
      async ({ dataPlane, run }, processId) => {
        if (ends === 'completed') await dataPlane.completed(processId, caller)
        else await dataPlane.terminate(processId, {}, caller)
        await run()
      },
      async (consumer, processId) => {
        const { state } = await consumer.find(processId)
        t.is(state, ends === 'completed' ? 'received' : 'removed')
        t.is(Object.keys(await consumer.held(processId)).length, ends === 'completed' ? 3 : 0)
      },
      async (consumer) => {
        const { dataPlane, objects } = consumer
        await dataPlane.prepare(message, caller)
        await dataPlane.started(message.processId, {}, caller)
        const prefix = `received/${(await consumer.find(message.processId)).id}/`
        for (const [path, text] of Object.entries(files)) await objects.put(prefix + path, text, 'text/plain')
        await objects.put(`${prefix}manifest.json`, JSON.stringify(manifestOf(files)), 'application/json')
        return message.processId
      },
    )
  }
})
