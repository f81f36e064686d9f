/** Named values beside a log message. The same thing has the same name everywhere: jobId, attempt, transferId, connectorId, assetId, error. */
export type LogFields = Readonly<Record<string, unknown>>

/** A structured log: the message is constant, what varies goes into fields. Never log a request, a header, an environment or credentials. */
export interface Logger {
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}
