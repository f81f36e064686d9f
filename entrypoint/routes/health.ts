import { Router } from '@koa/router'
import type { Clock } from '../../core/ports/clock.ts'
import { ServiceError } from '../../core/errors.ts'
import type { Answer } from '../http/answer.ts'
import { problemBody, problemType } from '../http/problem-body.ts'
import { retryAfterSeconds } from '../http/problem.ts'
import { route } from '../access/route.ts'
import type { aliveSchema, notReadySchema, readinessSchema, readySchema } from './health-schemas.ts'

/** Something that must work for the service to be ready; fails where it does not. */
export type Check = () => Promise<void>

/** How long the outcome of the checks is kept, in milliseconds: probes of many kinds must not become load. */
const keptMs = 2_000
/** Longest time one check may take, in milliseconds. */
const checkTimeoutMs = 5_000

/** Whether the service can take work, by the names of its checks: `ok`, or what is wrong. */
export type Readiness = Answer<typeof readinessSchema>

/** Asks every check, at most every two seconds; `draining` makes it not ready at once. */
export function readiness(
  checks: Readonly<Record<string, Check>>,
  clock: Clock,
  draining: () => boolean,
): () => Promise<Readiness> {
  let last: { at: number; outcome: Promise<Readiness> } | undefined
  const ask = async (): Promise<Readiness> => {
    const entries = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await outcomeOf(check)] as const),
    )
    return { ready: entries.every(([, outcome]) => outcome === 'ok'), checks: Object.fromEntries(entries) }
  }
  return () => {
    if (draining()) return Promise.resolve({ ready: false, checks: { service: 'is shutting down' } })
    const now = clock.now()
    if (last === undefined || now - last.at >= keptMs || now < last.at) last = { at: now, outcome: ask() }
    return last.outcome
  }
}

async function outcomeOf(check: Check): Promise<string> {
  const timer = AbortSignal.timeout(checkTimeoutMs)
  try {
    await Promise.race([
      check(),
      new Promise<never>((_, reject) =>
        timer.addEventListener('abort', () => reject(new Error(`no answer within ${checkTimeoutMs} ms`))),
      ),
    ])
    return 'ok'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/**
 * `/livez`: the process answers. `/readyz`: it can take work.
 * @param detailed whether the answer says what is wrong; the public listener keeps that to itself
 */
export function healthRoutes(ready: () => Promise<Readiness>, detailed: boolean): Router {
  const router = new Router()
  router.get('/livez', route('health', 'anyone'), (ctx) => {
    const alive: Answer<typeof aliveSchema> = { alive: true }
    ctx.body = alive
  })
  router.get('/readyz', route('health', 'anyone'), async (ctx) => {
    const outcome = await ready()
    if (outcome.ready) {
      const plain: Answer<typeof readySchema> = { ready: true }
      ctx.body = detailed ? outcome : plain
      return
    }
    // Not thrown: whoever probes has a deadline of his own, and errors that are thrown are held back a while.
    const error = notReady(outcome, detailed)
    const problem: Answer<typeof notReadySchema> = {
      ...problemBody(error, String(ctx.state['requestId'])),
      ...(detailed ? { checks: outcome.checks } : {}),
    }
    ctx.status = error.status
    ctx.set('Retry-After', retryAfterSeconds)
    ctx.body = JSON.stringify(problem)
    ctx.type = problemType
  })
  return router
}

function notReady({ checks }: Readiness, detailed: boolean): ServiceError {
  const failing = Object.entries(checks).filter(([, outcome]) => outcome !== 'ok')
  return new ServiceError(
    'not-ready',
    detailed
      ? `Something that the service needs cannot be used: ${failing.map(([name]) => name).join(', ')}.`
      : 'Something that the service needs cannot be used; /readyz of the admin listener says what.',
  )
}
