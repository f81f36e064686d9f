import { crc32 } from 'node:zlib'
import { type Body, exactly } from './send-body.ts'
import { dataDescriptor, directoryEntry, endOfArchive, localHeader, type ZipMember } from './zip-records.ts'

/** A file to put into an archive. */
export interface ZipFile {
  /** ASCII by the rules of core/result/paths.ts. */
  readonly path: string
  /** Bytes. */
  readonly size: number
}

/** A zip archive that is made while it is sent. */
export interface Zip {
  /** Bytes, known before the first one is sent. */
  readonly length: number
  /** The archive's bytes; each file is opened when its turn comes. Fails where a file has not the size it should have. */
  stream(open: (file: ZipFile) => Promise<Body>): AsyncGenerator<Uint8Array>
}

/**
 * Lays out an archive. Files are stored, not compressed: that makes the length known, and results are large because they are
 * packed already or do not pack well. Where something is too large for the old format, ZIP64 is used. The same files and time
 * make the same bytes.
 * @param modified when the files were made, in milliseconds since 1970
 */
export function layOutZip(files: readonly ZipFile[], modified: number): Zip {
  let offset = 0
  let directorySize = 0
  const members = files.map(({ path, size }): ZipMember => {
    const member = { path, size, offset }
    offset += localHeader(member, modified).length + size + dataDescriptor(member, 0).length
    directorySize += directoryEntry(member, 0, modified).length
    return member
  })
  const end = endOfArchive(members.length, offset, directorySize)
  async function* pieces(open: (file: ZipFile) => Promise<Body>): AsyncGenerator<Uint8Array> {
    const sums: number[] = []
    for (const member of members) {
      yield localHeader(member, modified)
      let sum = 0
      if (member.size > 0) {
        for await (const chunk of exactly(await open(member), member.size, member.path)) {
          sum = crc32(chunk, sum)
          yield chunk
        }
      }
      sums.push(sum)
      yield dataDescriptor(member, sum)
    }
    for (const [index, member] of members.entries()) yield directoryEntry(member, sums[index] ?? 0, modified)
    yield end
  }
  return { length: offset + directorySize + end.length, stream: (open) => gathered(pieces(open)) }
}

/** Small pieces are sent together: 70,000 empty files are 210,000 of them. Bytes. */
const worthSending = 65_536

async function* gathered(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = []
  let bytes = 0
  for await (const piece of pieces) {
    const large = piece.byteLength >= worthSending
    if (!large) {
      waiting.push(piece)
      bytes += piece.byteLength
    }
    if ((large && bytes > 0) || bytes >= worthSending) {
      yield Buffer.concat(waiting)
      waiting = []
      bytes = 0
    }
    if (large) yield piece
  }
  if (bytes > 0) yield Buffer.concat(waiting)
}
