import { ByteReader } from './byte-reader.ts'
import { InputRefusal } from './input-refusal.ts'
import { BrokenTar, readPax, readTarHeader, tarBlock, type TarHeader } from './tar-header.ts'

/** A file or directory of an archive. */
export interface TarEntry {
  /** As it stands in the archive: anything. */
  readonly name: string
  readonly kind: 'file' | 'directory'
  /** Bytes; 0 for directories. */
  readonly size: number
  /** The file's contents. What is left of them is passed over when the next entry is asked for. */
  readonly body: AsyncIterable<Uint8Array>
}

/** Longest extended header or long name, in bytes. A name has at most 4 KiB on Linux. */
const longestExtension = 64 * 1024
/** Most fields of an extended header. */
const mostFields = 64

/**
 * Reads a tar (POSIX pax and ustar, GNU) from its beginning to its end, and takes of it what a reader can take without trusting it:
 * regular files and directories, under their names. Everything else (links, devices, sparse files, multiple volumes) refuses the whole, and so
 * does whatever two readers could take for two things: numbers that are no numbers, data of directories, names given for all, something behind the end.
 * @throws InputRefusal, BrokenTar
 */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const input = new ByteReader(source)
  let longName: string | undefined
  let fields: ReadonlyMap<string, string> = new Map()
  for (;;) {
    const block = await input.read(tarBlock)
    if (block.length < tarBlock) throw new BrokenTar('it ends without an end mark')
    if (isEmpty(block)) return await expectNothing(input)
    const header = readTarHeader(block)
    switch (header.type) {
      case 'x':
        fields = readPax(await extension(input, header), mostFields)
        continue
      case 'g':
        refuseForAll(readPax(await extension(input, header), mostFields))
        continue
      case 'L':
        longName = (await extension(input, header)).toString('utf8').replace(/\0.*$/s, '')
        continue
      case 'K': // the target of a link, which refuses the archive by itself
        await extension(input, header)
        continue
      default: {
        const entry = entryOf(header, fields, longName)
        longName = undefined
        fields = new Map()
        const body = new Contents(input, entry.size)
        yield { ...entry, body }
        await body.finish()
      }
    }
  }
}

function entryOf(
  header: TarHeader,
  fields: ReadonlyMap<string, string>,
  longName: string | undefined,
): Omit<TarEntry, 'body'> {
  const name = fields.get('path') ?? longName ?? header.name
  const size = fields.has('size') ? sizeOf(fields.get('size') ?? '') : header.size
  if ([...fields.keys()].some((key) => key.startsWith('GNU.sparse'))) throw noPlainEntry(name, 'sparse file')
  // The oldest writers mark a directory by the end of its name.
  if (header.type === '5' || (header.type === '0' && header.name.endsWith('/'))) {
    if (size > 0) throw new BrokenTar('a directory has contents')
    return { name, kind: 'directory', size }
  }
  if (header.type !== '0') throw noPlainEntry(name, kinds.get(header.type) ?? 'entry of an unknown kind')
  return { name, kind: 'file', size }
}

const kinds: ReadonlyMap<string, string> = new Map([
  ['1', 'link'],
  ['2', 'symlink'],
  ['3', 'character device'],
  ['4', 'block device'],
  ['6', 'fifo'],
  ['7', 'contiguous file'],
  ['S', 'sparse file'],
  ['M', 'part of another volume'],
  ['V', 'volume label'],
])

function noPlainEntry(name: string, kind: string): InputRefusal {
  return new InputRefusal(
    `the entry ${JSON.stringify(name.slice(0, 600))} of the archive is a ${kind}; only regular files and directories are unpacked`,
    'Pack it without links and special files (tar --dereference --hard-dereference).',
  )
}

async function extension(input: ByteReader, { size }: TarHeader): Promise<Buffer> {
  if (size > longestExtension) throw new BrokenTar(`an extended header has more than ${longestExtension} bytes`)
  const data = await input.read(size)
  await pass(input, size)
  if (data.length < size) throw new BrokenTar('it ends in the middle')
  return data
}

/** What follows a header; to be read once. */
class Contents implements AsyncIterable<Uint8Array> {
  readonly #input: ByteReader
  readonly #size: number
  #missing: number

  constructor(input: ByteReader, size: number) {
    this.#input = input
    this.#size = size
    this.#missing = size
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const piece of this.#input.pieces(this.#missing)) {
      this.#missing -= piece.byteLength
      yield piece
    }
  }

  /** Passes over what nobody read, and what fills the last block. */
  async finish(): Promise<void> {
    for await (const piece of this.#input.pieces(this.#missing)) this.#missing -= piece.byteLength
    if (this.#missing > 0) throw new BrokenTar('it ends in the middle')
    await pass(this.#input, this.#size)
  }
}

/** Passes over what fills data up to whole blocks. */
async function pass(input: ByteReader, size: number): Promise<void> {
  await input.read((tarBlock - (size % tarBlock)) % tarBlock)
}

/** Names and sizes for all entries that follow would make every entry the same. */
function refuseForAll(fields: ReadonlyMap<string, string>): void {
  const found = [...fields.keys()].find(
    (key) => ['path', 'size', 'linkpath'].includes(key) || key.startsWith('GNU.sparse'),
  )
  if (found !== undefined) throw new BrokenTar(`a global header sets ${found}`)
}

function sizeOf(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new BrokenTar('a size in an extended header cannot be read')
  return Number(text)
}

/** Writers fill the last record with zeros. Anything else another reader may take for more entries. */
async function expectNothing(input: ByteReader): Promise<void> {
  for await (const piece of input.pieces(Infinity))
    if (!isEmpty(piece)) throw new BrokenTar('there is something behind its end mark')
}

function isEmpty(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}
