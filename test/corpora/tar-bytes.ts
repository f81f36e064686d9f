/** A tar header as it is to stand in the archive, right or wrong. */
export interface TarEntry {
  /** Text, or bytes that are no text. */
  readonly name: string | Buffer
  /** One character. @default '0', a regular file */
  readonly type?: string
  readonly data?: string | Buffer
  /** The size field where it is not the length of the data: a number, or its twelve bytes. */
  readonly size?: number | Buffer
  readonly link?: string
  readonly mode?: number
  readonly prefix?: string
  /** Magic and version, eight bytes. @default POSIX ustar */
  readonly magic?: string
  /** What the checksum is off by. */
  readonly checksumOff?: number
  /** Other fields by their place, as bytes. */
  readonly patch?: readonly (readonly [at: number, bytes: Buffer])[]
}

const block = 512

/** One entry: header, data, padding. The name is cut where it is longer than its field. */
export function tarEntry(entry: TarEntry): Buffer {
  const { name, type = '0', data = '', link = '', mode = 0o644, prefix = '', magic = 'ustar\u000000' } = entry
  const body = Buffer.from(data)
  const header = Buffer.alloc(block)
  Buffer.from(name).copy(header, 0, 0, 100)
  header.write(octal(mode, 7), 100)
  header.write(octal(0, 7), 108)
  header.write(octal(0, 7), 116)
  const size = entry.size ?? body.length
  if (typeof size === 'number') header.write(octal(size, 11), 124)
  else size.copy(header, 124, 0, 12)
  header.write(octal(1_700_000_000, 11), 136)
  header.write(type, 156, 'latin1')
  header.write(link.slice(0, 100), 157)
  header.write(magic, 257, 'latin1')
  header.write(prefix.slice(0, 155), 345)
  for (const [at, bytes] of entry.patch ?? []) bytes.copy(header, at)
  header.fill(' ', 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0) + (entry.checksumOff ?? 0)
  header.write(`${octal(sum, 6)}\u0000 `, 148)
  return Buffer.concat([header, body, Buffer.alloc((block - (body.length % block)) % block)])
}

/** Two empty blocks. */
export const tarEnd: Buffer = Buffer.alloc(2 * block)

/** Entries and the end. */
export function tarOf(...entries: readonly (TarEntry | Buffer)[]): Buffer {
  return Buffer.concat([...entries.map((entry) => (Buffer.isBuffer(entry) ? entry : tarEntry(entry))), tarEnd])
}

/** Extended fields of the next entry (POSIX pax), or of all that follow. */
export function pax(fields: Readonly<Record<string, string>> | string, type: 'x' | 'g' = 'x'): Buffer {
  const data =
    typeof fields === 'string'
      ? fields
      : Object.entries(fields)
          .map(([key, value]) => paxField(key, value))
          .join('')
  return tarEntry({ name: 'pax', type, data })
}

/** The name of the next entry, however long (GNU). */
export function gnuLongName(name: string | Buffer): Buffer {
  return tarEntry({
    name: '././@LongLink',
    type: 'L',
    data: Buffer.concat([Buffer.from(name), Buffer.alloc(1)]),
    magic: 'ustar  \u0000',
  })
}

/** The length of a field counts its own digits. */
function paxField(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  const bytes = Buffer.byteLength(rest)
  const length = [1, 2, 3, 4, 5, 6, 7].find((digits) => String(bytes + digits).length === digits) ?? 0
  return `${bytes + length}${rest}`
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0').slice(-digits)
}

/** A size in base 256 (GNU), negative ones too. */
export function base256(value: bigint): Buffer {
  const bytes = Buffer.alloc(12)
  for (let at = 11, rest = value; at >= 0; at -= 1, rest >>= 8n) bytes[at] = Number(rest & 0xffn)
  if (value >= 0n) bytes[0] = 0x80
  return bytes
}
