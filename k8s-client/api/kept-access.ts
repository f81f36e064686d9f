import { type Access, type AccessParts, type AccessSource, makeAccess } from './access.ts'

/** How long what was read is used before it is read again, so that rotated tokens and certificates are followed. Milliseconds. */
const accessLifeMs = 30_000

/** Keeps what some source says current. */
export class KeptAccess implements AccessSource {
  readonly #open: () => () => Promise<AccessParts>
  #read: () => Promise<AccessParts>
  #access: Access | undefined
  #readAt = 0

  /**
   * @param open opens the source and gives how it is read; again where the API server does not accept what was read
   * @throws what `open` throws
   */
  constructor(open: () => () => Promise<AccessParts>) {
    this.#open = open
    this.#read = open()
  }

  /** What to connect with now; at most half a minute old. */
  async current(): Promise<Access> {
    if (this.#access === undefined || performance.now() - this.#readAt > accessLifeMs) {
      this.#access = makeAccess(await this.#read())
      this.#readAt = performance.now()
    }
    return this.#access
  }

  /** Reads everything anew: the API server did not accept what `current` gave. Caches of plug-ins go with the old source. */
  async renew(): Promise<Access> {
    this.#read = this.#open()
    this.#access = undefined
    return this.current()
  }
}
