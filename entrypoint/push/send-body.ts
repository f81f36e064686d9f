import type { ClientRequest, IncomingMessage } from 'node:http'
import { TransientError } from '../../sidecar/retry.ts'
import { ConnectionBroke } from './trouble.ts'

/** How long a destination is waited for, in milliseconds. */
export interface PushTimes {
  /** For the name to resolve, and again for a connection (with TLS) to stand. */
  readonly connectMs: number
  /** How long nothing may move on a connection, and how long the destination may take over one piece of at most 256 KiB. */
  readonly paceMs: number
  /** From the last byte of a body to the answer: the destination may look at what it got. */
  readonly answerMs: number
}

/** Used outside of tests. */
export const pushTimes: PushTimes = { connectMs: 10_000, paceMs: 60_000, answerMs: 300_000 }

/** Bytes to send: whole, or as they come. */
export type Outgoing = Uint8Array | AsyncIterable<Uint8Array>

/** What is handed to the connection at once. Bytes. */
const sliceSize = 256 * 1024
/** How long we wait for leave to send; a server that does not know the question gets the body all the same. Milliseconds. */
const leaveMs = 1000

/**
 * Sends the body of a request that was made, no faster than it is taken, and waits for the head of the answer. An answer that is no
 * success ends the sending at once; one that is counts only when all was sent.
 * @param askFirst whether the request asks for leave (`Expect: 100-continue`)
 * @throws ConnectionBroke, TransientError where the other side is too slow, whatever reading the body throws
 */
export async function sendBody(
  message: ClientRequest,
  body: Outgoing | undefined,
  askFirst: boolean,
  times: PushTimes,
): Promise<IncomingMessage> {
  const course = new Course(message, times)
  if (askFirst) {
    message.flushHeaders()
    await course.leave()
  }
  if (body !== undefined && !course.over()) {
    for await (const slice of slicesOf(body)) {
      if (course.over()) break
      if (!message.write(slice)) await course.taken()
    }
  }
  if (!course.over()) message.end()
  return await course.answered()
}

async function* slicesOf(body: Outgoing): AsyncGenerator<Uint8Array> {
  for await (const chunk of body instanceof Uint8Array ? [body] : body)
    for (let at = 0; at < chunk.byteLength; at += sliceSize) yield chunk.subarray(at, at + sliceSize)
}

/** What has come of a request so far. */
class Course {
  readonly #message: ClientRequest
  readonly #times: PushTimes
  #answer: IncomingMessage | undefined
  #error: unknown
  #closed = false
  #mayGo = false
  #wake: () => void = () => undefined

  constructor(message: ClientRequest, times: PushTimes) {
    this.#message = message
    this.#times = times
    const wake = () => this.#wake()
    message.on('drain', wake)
    message.once('finish', wake)
    message.once('socket', (socket) => {
      if (socket.connecting) socket.once('connect', wake)
    })
    message.once('continue', () => {
      this.#mayGo = true
      wake()
    })
    message.once('response', (answer) => {
      this.#answer = answer
      // What is left of an answer when nobody reads on must not end the process.
      answer.on('error', () => undefined)
      wake()
    })
    message.on('error', (error: unknown) => {
      this.#error ??= error
      wake()
    })
    message.once('close', () => {
      this.#closed = true
      wake()
    })
    // A body under way would be told of an abort only, not why.
    message.on('timeout', () => this.#answer?.destroy(tooSlow(times.paceMs)))
  }

  /** Whether there is nothing more to send: the connection is gone, or the answer is no success. */
  over(): boolean {
    return this.#error !== undefined || this.#closed || this.#refused()
  }

  /** Waits until the other side lets us send, is over, or says nothing for a while after the connection stands. */
  async leave(): Promise<void> {
    let until: number | undefined
    while (!this.#mayGo && this.#answer === undefined && !this.over()) {
      if (this.#message.socket?.connecting === false) until ??= performance.now() + leaveMs
      const left = until === undefined ? leaveMs : until - performance.now()
      if (left <= 0) return
      await this.#happening(left, () => undefined)
    }
  }

  /** Waits until what was written is taken. */
  async taken(): Promise<void> {
    const { paceMs } = this.#times
    while (this.#message.writableNeedDrain && !this.over())
      await this.#happening(paceMs, () => this.#giveUp(tooSlow(paceMs)))
  }

  /** Waits for the head of the answer. */
  async answered(): Promise<IncomingMessage> {
    const { answerMs, paceMs } = this.#times
    const until = performance.now() + answerMs
    while (!this.#done() && this.#error === undefined && !this.#closed)
      await this.#happening(until - performance.now(), () =>
        this.#giveUp(new TransientError(`the destination did not answer within ${answerMs / 1000} s`)),
      )
    const answer = this.#answer
    if (answer === undefined || !this.#done()) {
      if (this.#error instanceof TransientError) throw this.#error
      throw new ConnectionBroke('the connection broke', { cause: this.#error })
    }
    const late = setTimeout(() => answer.destroy(tooSlow(answerMs)), answerMs)
    answer.once('close', () => clearTimeout(late))
    // A body that was not sent to its end leaves a connection that is of no further use.
    if (this.#message.writableEnded) this.#message.setTimeout(paceMs)
    else answer.once('end', () => this.#message.destroy())
    return answer
  }

  #giveUp(error: TransientError): void {
    this.#error ??= error
    this.#message.destroy(error)
  }

  #refused(): boolean {
    const status = this.#answer?.statusCode ?? 200
    return status < 200 || status >= 300
  }

  #done(): boolean {
    return this.#answer !== undefined && (this.#refused() || this.#message.writableFinished)
  }

  /** Waits until something happens, or long enough. */
  async #happening(milliseconds: number, late: () => void): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(() => {
      late()
      resolve()
    }, milliseconds)
    this.#wake = resolve
    await promise
    clearTimeout(timer)
  }
}

function tooSlow(milliseconds: number): TransientError {
  return new TransientError(`the destination took or said next to nothing for ${milliseconds / 1000} s`)
}
