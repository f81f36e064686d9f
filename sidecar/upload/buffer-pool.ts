/**
 * A fixed number of buffers of one size. Who holds one may send; who wants one waits. So the pool bounds memory and what is in
 * flight at once, whatever the number and size of the files.
 */
export class BufferPool {
  readonly #size: number
  readonly #free: Buffer[] = []
  readonly #waiting: ((buffer: Buffer) => void)[] = []
  #toMake: number

  /** @param size of each buffer, in bytes; a buffer is made when it is first needed */
  constructor(count: number, size: number) {
    this.#toMake = count
    this.#size = size
  }

  /** Takes a buffer, in order of asking. It comes with what was in it. */
  async take(signal: AbortSignal): Promise<Buffer> {
    signal.throwIfAborted()
    const free = this.#free.pop()
    if (free !== undefined) return free
    if (this.#toMake > 0) {
      this.#toMake--
      return Buffer.allocUnsafeSlow(this.#size)
    }
    return await new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(onBuffer), 1)
        reject(signal.reason)
      }
      const onBuffer = (buffer: Buffer) => {
        signal.removeEventListener('abort', onAbort)
        resolve(buffer)
      }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#waiting.push(onBuffer)
    })
  }

  /** Gives a buffer back. */
  give(buffer: Buffer): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free.push(buffer)
    else next(buffer)
  }
}
