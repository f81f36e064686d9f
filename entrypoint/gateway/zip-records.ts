/** A file in an archive, and where its local header begins. */
export interface ZipMember {
  /** ASCII by the rules of core/result/paths.ts. */
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** Bytes from the beginning of the archive. */
  readonly offset: number
}

/** From here on a size, an offset or a number of files does not fit and stands in a ZIP64 field (APPNOTE 4.4.1.4). */
const full32 = 0xff_ff_ff_ff
const full16 = 0xff_ff
const plainVersion = 20
const zip64Version = 45
/** Made by UNIX: what makes external attributes a file mode. */
const unix = 3 << 8
const fileMode = 0o100644 * 2 ** 16
/** CRC-32 and sizes follow the data (bit 3); names are UTF-8 (bit 11). */
const flags = 0x08_08
/** Stored, not compressed. */
const method = 0

type Field = readonly [bytes: 2 | 4 | 8, value: number]

/** Numbers as they stand in an archive: one after the other, least significant byte first. */
function fields(...list: readonly Field[]): Buffer {
  const buffer = Buffer.alloc(list.reduce((sum, [bytes]) => sum + bytes, 0))
  let at = 0
  for (const [bytes, value] of list) {
    if (bytes === 8) buffer.writeBigUInt64LE(BigInt(value), at)
    else buffer.writeUIntLE(value, at, bytes)
    at += bytes
  }
  return buffer
}

/**
 * Date and time of MS-DOS, in two seconds, for which archives know no time zone: it is UTC here.
 * @param time milliseconds since 1970; what lies outside 1980 to 2107 becomes the nearest
 */
function dosTime(time: number): readonly [time: Field, date: Field] {
  const moment = new Date(Math.min(Math.max(time, Date.UTC(1980, 0)), Date.UTC(2107, 11, 31, 23, 59, 58)))
  const seconds = Math.floor(moment.getUTCSeconds() / 2)
  return [
    [2, (moment.getUTCHours() << 11) | (moment.getUTCMinutes() << 5) | seconds],
    [2, ((moment.getUTCFullYear() - 1980) << 9) | ((moment.getUTCMonth() + 1) << 5) | moment.getUTCDate()],
  ]
}

function versionFor({ size, offset }: ZipMember): number {
  return size >= full32 || offset >= full32 ? zip64Version : plainVersion
}

/** What stands before a file's bytes (APPNOTE 4.3.7). Its CRC-32 is not known yet and follows the bytes. */
export function localHeader(member: ZipMember, modified: number): Buffer {
  const large = member.size >= full32
  const unknown = large ? full32 : 0
  return Buffer.concat([
    fields(
      [4, 0x04_03_4b_50],
      [2, large ? zip64Version : plainVersion],
      [2, flags],
      [2, method],
      ...dosTime(modified),
      [4, 0],
      [4, unknown],
      [4, unknown],
      [2, member.path.length],
      [2, large ? 20 : 0],
    ),
    Buffer.from(member.path, 'ascii'),
    // its presence says that the sizes in the descriptor have eight bytes
    large ? fields([2, 1], [2, 16], [8, 0], [8, 0]) : Buffer.alloc(0),
  ])
}

/** What stands behind a file's bytes (APPNOTE 4.3.9). */
export function dataDescriptor({ size }: ZipMember, crc: number): Buffer {
  const width = size >= full32 ? 8 : 4
  return fields([4, 0x08_07_4b_50], [4, crc], [width, size], [width, size])
}

/** A file's entry in the directory at the end (APPNOTE 4.3.12). */
export function directoryEntry(member: ZipMember, crc: number, modified: number): Buffer {
  const { path, size, offset } = member
  const wide: Field[] = []
  if (size >= full32) wide.push([8, size], [8, size])
  if (offset >= full32) wide.push([8, offset])
  const version = versionFor(member)
  return Buffer.concat([
    fields(
      [4, 0x02_01_4b_50],
      [2, unix | version],
      [2, version],
      [2, flags],
      [2, method],
      ...dosTime(modified),
      [4, crc],
      [4, Math.min(size, full32)],
      [4, Math.min(size, full32)],
      [2, path.length],
      [2, wide.length === 0 ? 0 : 4 + 8 * wide.length],
      [2, 0],
      [2, 0],
      [2, 0],
      [4, fileMode],
      [4, Math.min(offset, full32)],
    ),
    Buffer.from(path, 'ascii'),
    wide.length === 0 ? Buffer.alloc(0) : fields([2, 1], [2, 8 * wide.length], ...wide),
  ])
}

/** The end of an archive (APPNOTE 4.3.14 to 4.3.16). */
export function endOfArchive(files: number, directoryOffset: number, directorySize: number): Buffer {
  const end = fields(
    [4, 0x06_05_4b_50],
    [2, 0],
    [2, 0],
    [2, Math.min(files, full16)],
    [2, Math.min(files, full16)],
    [4, Math.min(directorySize, full32)],
    [4, Math.min(directoryOffset, full32)],
    [2, 0],
  )
  if (files < full16 && directorySize < full32 && directoryOffset < full32) return end
  const record = fields(
    [4, 0x06_06_4b_50],
    [8, 44],
    [2, unix | zip64Version],
    [2, zip64Version],
    [4, 0],
    [4, 0],
    [8, files],
    [8, files],
    [8, directorySize],
    [8, directoryOffset],
  )
  const locator = fields([4, 0x07_06_4b_50], [4, 0], [8, directoryOffset + directorySize], [4, 1])
  return Buffer.concat([record, locator, end])
}
