import { createReadStream } from 'node:fs'
import { mkdir, open, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createGunzip } from 'node:zlib'
import { codeOf, reasonOf } from '../failure.ts'
import { archiveFormat } from './archive-format.ts'
import { ArchiveNames } from './archive-names.ts'
import { InputRefusal } from './input-refusal.ts'
import { readTar, type TarEntry } from './read-tar.ts'
import { BrokenTar } from './tar-header.ts'

/** Most files and directories of one archive. */
const maximumEntries = 10_000
/** How many times its packed size an archive may unpack to, beyond what every archive may. */
const maximumRatio = 200
const smallBytes = 64 * 2 ** 20
/** What headers and padding may add to the contents when the archive is read, in bytes. */
const overhead = 32 * 2 ** 20

/**
 * Unpacks a tar, gzip-compressed or not, into a new directory. Only regular files and directories are taken; owner, times and mode
 * bits are not. Nothing stays of an archive that is refused.
 * @param maximumBytes of all files together
 * @throws InputRefusal
 */
export async function unpack(
  archive: string,
  directory: string,
  maximumBytes: number,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(directory)
  try {
    await unpackAll(archive, directory, maximumBytes, signal)
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

async function unpackAll(archive: string, directory: string, maximumBytes: number, signal: AbortSignal): Promise<void> {
  const format = await archiveFormat(archive)
  const mostRead = Math.min(maximumBytes + overhead, smallBytes + maximumRatio * (await stat(archive)).size)
  const file = createReadStream(archive, { highWaterMark: 256 * 1024, signal })
  const source = format === 'gzip' ? file.pipe(createGunzip({ chunkSize: 256 * 1024 })) : file
  if (source !== file) file.once('error', (error) => source.destroy(error))
  try {
    await take(readTar(counted(source, mostRead)), directory, maximumBytes, signal)
  } catch (error) {
    throw explained(error)
  } finally {
    file.destroy()
    source.destroy()
  }
}

async function take(
  archive: AsyncIterable<TarEntry>,
  directory: string,
  maximumBytes: number,
  signal: AbortSignal,
): Promise<void> {
  const names = new ArchiveNames()
  let entries = 0
  let bytes = 0
  for await (const { name, kind, size, body } of archive) {
    signal.throwIfAborted()
    if (++entries > maximumEntries) throw tooMuch(`has more than ${maximumEntries} entries`)
    const path = names.take(name, kind)
    if (names.size > 2 * maximumEntries) throw tooMuch(`has more than ${2 * maximumEntries} files and folders`)
    bytes += size
    if (bytes > maximumBytes) throw tooMuch(`unpacks to more than maximumBytes (${maximumBytes})`)
    if (path === undefined) continue
    if (kind === 'file') await write(join(directory, path), body)
    else await mkdir(join(directory, path), { recursive: true })
  }
}

/** The unpacked bytes, no more than an archive of this size may have. What follows the last entry may be without end. */
async function* counted(source: AsyncIterable<Buffer>, most: number): AsyncGenerator<Uint8Array> {
  let read = 0
  for await (const chunk of source) {
    read += chunk.byteLength
    if (read > most) throw tooMuch('unpacks to far more than maximumBytes, or than its packed size lets expect')
    yield chunk
  }
}

async function write(path: string, body: AsyncIterable<Uint8Array>): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const file = await open(path, 'wx', 0o644)
  try {
    for await (const chunk of body) {
      let written = 0
      while (written < chunk.byteLength) written += (await file.write(chunk, written)).bytesWritten
    }
  } finally {
    await file.close()
  }
}

function tooMuch(what: string): InputRefusal {
  return new InputRefusal(`the archive ${what}`, 'Pack less, or raise maximumBytes of the input.')
}

/** Errors of zlib and of the tar, in our words; errors of the file system stay what they are. */
function explained(error: unknown): unknown {
  if (error instanceof InputRefusal) return error
  const code = codeOf(error)
  if (code?.startsWith('Z_') === true) {
    return new InputRefusal(`its gzip compression is broken (${reasonOf(error)})`, 'Pack it anew.')
  }
  if (!(error instanceof BrokenTar)) return error
  return new InputRefusal(`it is no tar archive, or a broken one (${reasonOf(error)})`, 'Give a tar or tar.gz archive.')
}
