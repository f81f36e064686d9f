import type { Context } from '../context.ts'
import { formatSpan } from './amount.ts'

/** Between two lines on a terminal, in milliseconds. */
const pauseMs = 1_000

/**
 * Says that something takes a while: on a terminal one line that counts the time, taken away at the end; elsewhere one line, once.
 * @returns what ends it
 */
export function waitingLine({ err, now }: Pick<Context, 'err' | 'now'>, what: string): () => void {
  if (err.width === undefined) {
    err.write(`${what}\n`)
    return () => undefined
  }
  const began = now()
  const show = (): void => err.write(`\r${what}: ${formatSpan(now() - began)}\u001B[K`)
  show()
  const timer = setInterval(show, pauseMs)
  return () => {
    clearInterval(timer)
    err.write('\r\u001B[K')
  }
}
