import type { ServiceError } from '../../../core/errors.ts'
import type { HeardRefusal } from './heard.ts'
import { isProbeAsset } from './probe.ts'

/** Longest part of a message that is shown to an operator, in characters. */
const maximumShown = 300

/**
 * What is noted of a message that was refused: why, and the callback address it named where that is the reason.
 * @param body the message, where it could be read
 * @returns `undefined` for trouble of our own, which says nothing of the connector, and for a probe, whose request is refused on purpose
 */
export function refusalOf(error: ServiceError, body: unknown, at: number): HeardRefusal | undefined {
  const { code, message, status } = error
  if (status >= 500 || (code === 'asset-unknown' && isProbeAsset(field(body, 'assetId')))) return undefined
  const named =
    code === 'foreign-callback-address'
      ? ` It names ${JSON.stringify(field(body, 'callbackAddress').slice(0, maximumShown))}.`
      : ''
  return { at, code, message: message + named }
}

function field(body: unknown, name: string): string {
  const fields: Readonly<Record<string, unknown>> = typeof body === 'object' && body !== null ? { ...body } : {}
  const value = fields[name]
  return typeof value === 'string' ? value : ''
}
