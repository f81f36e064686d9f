import { notUtf8, tooLarge } from '../../core/asset/limits.ts'
import { ServiceError } from '../../core/errors.ts'

/** A text that belongs to an asset: its document, or its dotenv file. */
export type SentText = 'asset' | 'dotenv'

const names = { asset: 'The asset document', dotenv: 'The dotenv file' } as const

/** The refusal of a text, or of a bundled file by its name, that is larger than is taken. */
export function tooLargeError(where: SentText | `bundled ${string}`, mostBytes: number): ServiceError {
  const what = where === 'asset' || where === 'dotenv' ? names[where] : `The file ${where.replace('bundled ', '')}`
  return new ServiceError('body-too-large', `${what} is too large.`, { problems: [tooLarge(where, mostBytes)] })
}

/**
 * The text that bytes hold.
 * @throws ServiceError `invalid-asset` or `invalid-dotenv` where they are not UTF-8
 */
export function decodeText(bytes: Uint8Array, where: SentText): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new ServiceError(`invalid-${where}`, `${names[where]} cannot be read.`, { problems: [notUtf8(where)] })
  }
}
