import { randomUUID } from 'node:crypto'
import type Koa from 'koa'
import type { Context } from 'koa'
import { ServiceError } from '../../core/errors.ts'
import { problemBody, problemType } from './problem-body.ts'

/**
 * Answers errors that happen outside of all middleware of ours in the form of every other error; Koa itself would answer with plain
 * text. Where the answer has begun already, Koa cuts it off.
 */
export function answerLastErrors(app: Koa): void {
  const cutOff: unknown = Reflect.get(app.context, 'onerror')
  const onerror = function (this: Context, error: unknown): void {
    if (error === null || error === undefined || this.headerSent || !this.writable) {
      if (typeof cutOff === 'function') Reflect.apply(cutOff, this, [error])
      return
    }
    app.emit('error', error, this)
    const { res } = this
    const requestId = String(this.state['requestId'] ?? randomUUID())
    for (const name of res.getHeaderNames()) res.removeHeader(name)
    const problem = problemBody(new ServiceError('internal', 'The cause stands in the log of the service.'), requestId)
    res.writeHead(problem.status, { 'Content-Type': problemType, 'X-Request-Id': requestId })
    res.end(JSON.stringify(problem))
  }
  Object.assign(app.context, { onerror })
}
