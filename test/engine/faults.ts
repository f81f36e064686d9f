/** What goes wrong at one call of a port. */
export type Fault =
  /** It fails and nothing was done. */
  | 'fails'
  /** It was done, but the answer is lost: "executed and timed out". */
  | 'done-but-fails'
  /** The process ends just before the call. */
  | 'crash-before'
  /** The process ends just after the call was done, before anybody learns of it. */
  | 'crash-after'

const reads = new Set([
  'store.job',
  'store.transfer',
  'store.transfersOfProcess',
  'store.result',
  'store.callback',
  'store.newestAsset',
  'store.assetVersion',
  'store.line',
  'backend.observe',
  'backend.log',
  'objects.head',
  'objects.open',
  'objects.time',
  'connector.transferProcess',
  'connector.agreement',
])

/** Whether a call changes nothing. */
export function isRead(name: string): boolean {
  return reads.has(name)
}

/**
 * Every fault of a call that makes a difference. One that changes nothing is the same done or not; and a process that ends before
 * it ended after the call before.
 */
export function faultsOf(name: string): readonly Fault[] {
  return isRead(name) ? ['fails', 'crash-after'] : ['fails', 'done-but-fails', 'crash-before', 'crash-after']
}

/** The process is dead: from here on none of its calls does anything. */
export class Crash extends Error {
  override readonly name = 'Crash'
}

/** A call that a test lets fail. */
export class InjectedFault extends Error {
  override readonly name = 'InjectedFault'
}

/** Methods that are no calls of the engine's steps. */
const unwrapped = new Set(['watch', 'close', 'list'])

/**
 * Stands between the engine and its ports: numbers their calls from 0, and lets each fail, or the process end before or after it,
 * as a test plans.
 */
export class Faults {
  /** Names of all calls so far, such as `backend.launch`; the index is the call's number. */
  readonly calls: string[] = []
  /** What goes wrong at a call; `undefined`: nothing. */
  plan: (index: number, name: string) => Fault | undefined = () => undefined
  /** Passed before each call; a test that lets steps run side by side decides here who goes on. */
  gate: ((name: string) => Promise<void>) | undefined
  #planned: { readonly name: string; times: number; readonly fault: Fault }[] = []
  readonly #underWay = new Set<Promise<unknown>>()
  #crashed = false

  /** Whether the process ended. */
  get crashed(): boolean {
    return this.#crashed
  }

  /** Lets the next `times` calls of one name go wrong. */
  next(name: string, times: number, fault: Fault): void {
    this.#planned.push({ name, times, fault })
  }

  /** Nothing goes wrong any more. */
  heal(): void {
    this.#planned = []
    this.plan = () => undefined
  }

  /** A port whose calls pass here. */
  wrap<T extends object>(port: string, target: T): T {
    return new Proxy(target, {
      get: (_, key) => {
        const value: unknown = Reflect.get(target, key)
        if (typeof value !== 'function' || typeof key === 'symbol') return value
        const run = (args: unknown[]): unknown => Reflect.apply(value, target, args)
        if (unwrapped.has(key)) return (...args: unknown[]) => run(args)
        return (...args: unknown[]) => this.#call(`${port}.${key}`, async () => run(args))
      },
    })
  }

  /** Whether no call is under way. */
  get idle(): boolean {
    return this.#underWay.size === 0
  }

  /** The process ends now. */
  crash(): void {
    this.#crashed = true
  }

  /** The next process: it starts once every call that was under way when the last one ended is over. */
  async revive(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay)
    this.#crashed = false
  }

  async #call(name: string, run: () => Promise<unknown>): Promise<unknown> {
    await this.gate?.(name)
    if (this.#crashed) throw new Crash(name)
    const index = this.calls.push(name) - 1
    const fault = this.plan(index, name) ?? this.#take(name)
    if (fault === 'crash-before') {
      this.#crashed = true
      throw new Crash(name)
    }
    if (fault === 'fails') throw new InjectedFault(`${name} failed`)
    const done = run()
    this.#underWay.add(done)
    try {
      const value = await done
      if (fault === 'crash-after') this.#crashed = true
      if (this.#crashed) throw new Crash(name)
      if (fault === 'done-but-fails') throw new InjectedFault(`${name} was done, but no answer came`)
      return value
    } finally {
      this.#underWay.delete(done)
    }
  }

  #take(name: string): Fault | undefined {
    const planned = this.#planned.find((one) => one.name === name && one.times > 0)
    if (planned === undefined) return undefined
    planned.times -= 1
    return planned.fault
  }
}
