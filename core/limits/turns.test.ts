import fc from 'fast-check'
import test from 'ava'
import type { Contender, Line } from '../ports/store.ts'
import type { JobLimits } from './job-limits.ts'
import { nextTurns } from './turns.ts'

const many: JobLimits = {
  runningJobs: 1000,
  consumer: { runningJobs: 1000, queuedJobs: 1000 },
  consumers: new Map(),
  jobsPerAgreement: 1000,
  queueTimeoutMs: 1000,
}

/** A provider whose jobs take as long as a test says. */
class Queue {
  readonly limits: JobLimits
  readonly slots: number
  readonly #waiting: {
    readonly id: string
    readonly consumer: string
    readonly asset: string
    readonly place: number
  }[] = []
  readonly running: { readonly id: string; readonly consumer: string; readonly asset: string }[] = []
  readonly lastTurn = new Map<string, number>()
  #places = 0
  #turns = 0

  constructor(slots: number, limits: Partial<JobLimits> = {}) {
    this.slots = slots
    this.limits = { ...many, ...limits }
  }

  add(consumer: string, count = 1, asset = 'asset'): void {
    for (let index = 0; index < count; index += 1) {
      this.#places += 1
      this.#waiting.push({ id: `${consumer}-${this.#places}`, consumer, asset, place: this.#places })
    }
  }

  get waiting(): readonly string[] {
    return this.#waiting.map(({ consumer }) => consumer)
  }

  line(perConsumer = 3): Line {
    const shown = new Map<string, number>()
    const contenders: Contender[] = []
    for (const { id, consumer, asset, place } of this.#waiting) {
      const key = `${consumer} ${asset}`
      shown.set(key, (shown.get(key) ?? 0) + 1)
      if ((shown.get(key) ?? 0) > perConsumer) continue
      const lastTurn = this.lastTurn.get(consumer)
      contenders.push({
        jobId: id,
        assetId: asset,
        assetVersion: '1.0.0',
        consumerId: consumer,
        place,
        due: false,
        assetRunning: this.running.filter((one) => one.asset === asset).length,
        consumerRunning: this.running.filter((one) => one.consumer === consumer).length,
        ...(lastTurn === undefined ? {} : { lastTurn }),
      })
    }
    return { running: this.running.length, contenders }
  }

  turns(): readonly Contender[] {
    return nextTurns(this.line(), this.limits, () => this.slots)
  }

  /** Whoever's turn it is takes a slot, one by one; gives the consumers in that order. */
  fill(): string[] {
    const took: string[] = []
    for (let next = this.turns()[0]; next !== undefined; next = this.turns()[0]) {
      const { jobId, consumerId, assetId } = next
      const index = this.#waiting.findIndex(({ id }) => id === jobId)
      this.#waiting.splice(index, 1)
      this.#turns += 1
      this.lastTurn.set(consumerId, this.#turns)
      this.running.push({ id: jobId, consumer: consumerId, asset: assetId })
      took.push(consumerId)
    }
    return took
  }

  end(index = 0): void {
    this.running.splice(index, 1)
  }
}

test('one job of a consumer comes right after the one that runs, whatever another has waiting', (t) => {
  const queue = new Queue(1)
  queue.add('many', 1000)
  t.deepEqual(queue.fill(), ['many'])
  queue.add('one')
  queue.end()
  t.deepEqual(queue.fill(), ['one'])
})

test('consumers that all wait take turns', (t) => {
  const queue = new Queue(1)
  queue.add('a', 5)
  queue.add('b', 5)
  queue.add('c', 2)
  const order: string[] = []
  for (let turn = 0; turn < 12; turn += 1) {
    order.push(...queue.fill())
    queue.end()
  }
  t.is(order.join(''), 'abcabcababab')
})

test('who has fewer running jobs is next; a free slot is left to nobody', (t) => {
  const queue = new Queue(4)
  queue.add('a', 10)
  t.deepEqual(queue.fill(), ['a', 'a', 'a', 'a'])
  queue.add('b', 10)
  queue.end()
  queue.end()
  t.deepEqual(queue.fill(), ['b', 'b'])
  queue.end()
  t.deepEqual(queue.fill(), ['a'], 'each has two again')
})

test('no more turns than free slots, of the asset, the consumer and the whole', (t) => {
  const wide = new Queue(10, { runningJobs: 3 })
  wide.add('a', 9)
  t.is(wide.turns().length, 3)
  const narrow = new Queue(2)
  narrow.add('a', 9)
  t.is(narrow.turns().length, 2)
  const limited = new Queue(10, {
    consumer: { runningJobs: 2, queuedJobs: 9 },
    consumers: new Map([['b', { runningJobs: 1 }]]),
  })
  limited.add('a', 9)
  limited.add('b', 9)
  t.deepEqual(
    limited
      .turns()
      .map(({ consumerId }) => consumerId)
      .toSorted(),
    ['a', 'a', 'b'],
  )
})

test('a consumer that may not run more, and an asset without a free slot, hold up nobody', (t) => {
  const queue = new Queue(2, { consumers: new Map([['none', { runningJobs: 0 }]]) })
  queue.add('none', 5)
  queue.add('a', 3, 'busy')
  queue.add('b', 1, 'idle')
  t.deepEqual(queue.fill(), ['a', 'b', 'a'])
  t.deepEqual(queue.turns(), [])
})

test('an asset that is not known gives no slot', (t) => {
  const queue = new Queue(2)
  queue.add('a')
  t.deepEqual(
    nextTurns(queue.line(), many, () => 0),
    [],
  )
})

test('of one consumer the oldest job is next', (t) => {
  const queue = new Queue(1)
  queue.add('a', 3)
  const [first] = queue.line().contenders
  t.is(queue.turns()[0]?.jobId, first?.jobId)
})

const step = fc.oneof(
  fc.record({
    type: fc.constant('add' as const),
    consumer: fc.nat({ max: 4 }),
    count: fc.integer({ min: 1, max: 30 }),
  }),
  fc.record({ type: fc.constant('end' as const), index: fc.nat({ max: 20 }) }),
)

test('whatever comes and ends in whatever order: limits hold, no slot is idle, and nobody without a job is overtaken twice by one consumer', (t) => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 10, maxLength: 120 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
      (steps, slots, perConsumer) => {
        const queue = new Queue(slots, { consumer: { runningJobs: perConsumer, queuedJobs: 1000 } })
        // Since when a consumer waits with nothing running: who had a turn meanwhile.
        const overtaken = new Map<string, string[]>()
        const look = (): void => {
          for (const consumer of new Set(queue.waiting)) {
            const idle = !queue.running.some((one) => one.consumer === consumer)
            if (!idle) overtaken.delete(consumer)
            else if (!overtaken.has(consumer)) overtaken.set(consumer, [])
          }
        }
        for (const one of steps) {
          if (one.type === 'add') queue.add(`consumer-${one.consumer}`, one.count)
          else if (queue.running.length > 0) queue.end(one.index % queue.running.length)
          look()
          for (const consumer of queue.fill()) {
            overtaken.delete(consumer)
            for (const [waits, who] of overtaken) {
              if (who.includes(consumer)) throw new Error(`${consumer} had two turns while ${waits} had none`)
              who.push(consumer)
            }
          }
          look()
          if (queue.running.length > slots) throw new Error('more jobs than slots')
          for (const consumer of new Set(queue.running.map((run) => run.consumer)))
            if (queue.running.filter((run) => run.consumer === consumer).length > perConsumer)
              throw new Error(`${consumer} has more than ${perConsumer}`)
          const couldRun = [...new Set(queue.waiting)].some(
            (consumer) => queue.running.filter((run) => run.consumer === consumer).length < perConsumer,
          )
          if (queue.running.length < slots && couldRun) throw new Error('a slot is idle while somebody waits')
        }
      },
    ),
    { numRuns: 500 },
  )
  t.pass()
})
