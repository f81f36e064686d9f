/** What is wrong with a tar; who reads it says so in the words of its own. */
export class BrokenTar extends Error {
  override readonly name = 'BrokenTar'
}

/** What one header says. */
export interface TarHeader {
  readonly name: string
  /** The one character by which POSIX and GNU tell kinds of entries; `0` for the oldest form, which has none. */
  readonly type: string
  /** Bytes that follow. */
  readonly size: number
}

/** Length of every header, and what data is filled up to. */
export const tarBlock = 512

/**
 * Reads a header (POSIX ustar, or GNU's).
 * @throws BrokenTar
 */
export function readTarHeader(block: Buffer): TarHeader {
  const magic = block.toString('latin1', 257, 265)
  if (sumOf(block) !== numberAt(block, 148, 8)) throw new BrokenTar('the checksum of a header is wrong')
  if (magic !== 'ustar\u000000' && magic !== 'ustar  \u0000') throw new BrokenTar('a header is of an unknown format')
  const prefix = magic.startsWith('ustar\u0000') ? textAt(block, 345, 155) : ''
  const own = textAt(block, 0, 100)
  const type = block.toString('latin1', 156, 157).replace('\0', '0')
  return { name: prefix === '' ? own : `${prefix}/${own}`, type, size: numberAt(block, 124, 12) }
}

/**
 * Reads the fields of an extended header (POSIX pax): `<length> <name>=<value>\n`, the length being that of the whole.
 * @param most how many there may be
 * @throws BrokenTar
 */
export function readPax(data: Buffer, most: number): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at)
    const digits = space === -1 ? '' : data.toString('latin1', at, Math.min(space, at + 9))
    const end = at + Number(digits)
    if (!/^[1-9]\d{0,7}$/.test(digits) || end > data.length || data[end - 1] !== 0x0a)
      throw new BrokenTar('an extended header cannot be read')
    const record = data.toString('utf8', space + 1, end - 1)
    const equals = record.indexOf('=')
    if (equals < 1) throw new BrokenTar('an extended header cannot be read')
    fields.set(record.slice(0, equals), record.slice(equals + 1))
    if (fields.size > most) throw new BrokenTar(`an extended header has more than ${most} fields`)
    at = end
  }
  return fields
}

/** The sum of all bytes, the checksum itself counting as spaces. */
function sumOf(block: Buffer): number {
  let sum = 8 * 0x20
  for (const [at, byte] of block.entries()) if (at < 148 || at >= 156) sum += byte
  return sum
}

/** Octal digits with spaces and NULs around them; or, for what is too large for these, base 256 behind a byte of 0x80. */
function numberAt(block: Buffer, at: number, length: number): number {
  if (block[at] === 0x80) {
    const value = BigInt(`0x${block.toString('hex', at + 1, at + length)}`)
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new BrokenTar('a number in a header is too large')
    return Number(value)
  }
  const text = block.toString('latin1', at, at + length)
  const digits = /^[ \0]*([0-7]*)[ \0]*$/.exec(text)?.[1]
  if (digits === undefined) throw new BrokenTar('a number in a header cannot be read')
  return digits === '' ? 0 : Number.parseInt(digits, 8)
}

function textAt(block: Buffer, at: number, length: number): string {
  const end = block.indexOf(0, at)
  return block.toString('utf8', at, end === -1 ? at + length : Math.min(end, at + length))
}
