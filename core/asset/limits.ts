import type { Problem } from '../errors.ts'

/** Largest asset document, in bytes. */
export const maximumAssetBytes = 256 * 1024
/** Largest file registered with an asset, in bytes: the largest single object that S3 takes in one piece. */
export const maximumBundledBytes = 5 * 2 ** 30

/** Says that a file that belongs to an asset is larger than is taken. */
export function tooLarge(where: string, mostBytes: number): Problem {
  const shown = mostBytes >= 2 ** 30 ? `${mostBytes / 2 ** 30} GiB` : `${mostBytes / 2 ** 10} KiB`
  return { where, message: `has more than ${mostBytes} bytes (${shown}), the most that is taken` }
}

/** Says that a text that belongs to an asset cannot be read. */
export function notUtf8(where: string): Problem {
  return { where, message: 'is not UTF-8; save the file in that encoding' }
}
