import { randomUUID } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import type { Middleware } from 'koa'
import type { ErrorCode } from '../../core/errors.ts'
import { type AppParts, makeApp } from '../../entrypoint/http/apps.ts'
import { httpServer } from './http-server.ts'
import { type LogLine, recordingLogger } from './recording-logger.ts'

/** Starts an app as the listeners have it, around one middleware, and gives its address and its log. */
export async function appServer(
  t: ExecutionContext,
  middleware: Middleware | Parameters<typeof makeApp>[3][number],
  unknownCode: ErrorCode = 'internal',
  more: Partial<AppParts> = {},
): Promise<{ readonly url: string; readonly log: readonly LogLine[] }> {
  const logger = recordingLogger()
  const parts = { logger, clock: { now: Date.now }, ids: { next: randomUUID }, ...more }
  const app = makeApp('test', parts, () => unknownCode, [middleware])
  const handle = app.callback()
  return { url: await httpServer(t, (request, response) => void handle(request, response)), log: logger.lines }
}
