import { setTimeout as pause } from 'node:timers/promises'
import { type Access, type AccessParts, type AccessSource, makeAccess } from './access.ts'

/** How long what was read is used before it is read again, so that rotated tokens and certificates are followed. Milliseconds. */
const accessLifeMs = 30_000
/** How long it may take to read them: a plug-in asks an identity provider, which may not answer. Milliseconds. */
const readMs = 20_000

/** Keeps what some source says current. */
export class KeptAccess implements AccessSource {
  readonly #open: () => () => Promise<AccessParts>
  readonly #limitMs: number
  #read: () => Promise<AccessParts>
  #access: Access | undefined
  #readAt = 0
  #reading: Promise<Access> | undefined

  /**
   * @param open opens the source and gives how it is read; again where the API server does not accept what was read
   * @param limitMs how long a reading may take
   * @throws what `open` throws
   */
  constructor(open: () => () => Promise<AccessParts>, limitMs = readMs) {
    this.#open = open
    this.#limitMs = limitMs
    this.#read = open()
  }

  /** What to connect with now; at most half a minute old. */
  async current(): Promise<Access> {
    if (this.#access !== undefined && performance.now() - this.#readAt <= accessLifeMs) return this.#access
    this.#reading ??= this.#readAnew().finally(() => (this.#reading = undefined))
    return this.#reading
  }

  /** One at a time: a plug-in is a program, and everybody needs what it says at the same moment. */
  async #readAnew(): Promise<Access> {
    const late = new AbortController()
    try {
      const parts = await Promise.race([this.#read(), tooLate(this.#limitMs, late.signal)])
      this.#access = makeAccess(parts)
      this.#readAt = performance.now()
      return this.#access
    } catch (error) {
      this.#read = this.#open() // what hangs in the old one is left to itself
      throw error
    } finally {
      late.abort()
    }
  }

  /** Reads everything anew: the API server did not accept what `current` gave. Caches of plug-ins go with the old source. */
  async renew(): Promise<Access> {
    if (this.#reading === undefined) {
      this.#read = this.#open()
      this.#access = undefined
    }
    return this.current()
  }
}

async function tooLate(limitMs: number, signal: AbortSignal): Promise<never> {
  await pause(limitMs, undefined, { signal })
  throw new Error(`the credentials for the API server could not be read within ${limitMs / 1000} s`)
}
