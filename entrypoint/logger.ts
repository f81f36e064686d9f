import { pino } from 'pino'
import type { Settings } from '../config/settings.ts'
import type { LogFields, Logger } from '../core/ports/logger.ts'

/** Fields that never reach the log with their value, whoever puts them there. */
const hidden = ['secretKey', 'accessKey', 'sessionToken', 'token', 'apiKey', 'authorization', 'secret', 'password']

/** One JSON line per event on standard output: level, time, msg and the fields. Errors show message, code and stack, never what hangs on them. */
export function jsonLogger(level: Settings['DSC_LOG_LEVEL']): Logger {
  const log = pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: [...hidden, ...hidden.map((name) => `*.${name}`)], censor: '[hidden]' },
    serializers: { error: shownError },
    hooks: { streamWrite: harmless },
  })
  const write =
    (name: 'info' | 'warn' | 'error') =>
    (message: string, fields: LogFields = {}) =>
      log[name](fields, message)
  return { info: write('info'), warn: write('warn'), error: write('error') }
}

/**
 * A line as a terminal may show it: JSON escapes what is below a space, and leaves DEL, the second set of control characters (CSI among
 * them), separators of lines and what changes the direction of text. All of these stand in texts only, where `\\u…` means the same.
 */
function harmless(line: string): string {
  return line.replaceAll(
    // oxlint-disable-next-line no-control-regex -- control characters are what this is about
    /[\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** What of an error is shown: errors of HTTP clients carry whole requests. */
function shownError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error)
  return {
    type: error.name,
    message: error.message,
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    stack: error.stack,
    ...(error.cause instanceof Error ? { cause: shownError(error.cause) } : {}),
  }
}
