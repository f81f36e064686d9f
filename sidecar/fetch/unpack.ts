import { createReadStream } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createGunzip } from 'node:zlib'
import type { Extract, Header } from 'tar-stream'
import { codeOf, reasonOf } from '../failure.ts'
import { archiveFormat } from './archive-format.ts'
import { ArchiveNames } from './archive-names.ts'
import { InputRefusal } from './input-refusal.ts'

/** Most files and directories of one archive. */
const maximumEntries = 10_000
/** What headers and padding may add to the contents when the archive is read, in bytes. */
const overhead = 32 * 2 ** 20

/**
 * Unpacks a tar, gzip-compressed or not, into a new directory. Only regular files and directories are taken; owner, times and mode
 * bits are not.
 * @param maximumBytes of all files together
 * @throws InputRefusal
 */
export async function unpack(
  archive: string,
  directory: string,
  maximumBytes: number,
  signal: AbortSignal,
): Promise<void> {
  const format = await archiveFormat(archive)
  // Loaded here because hardly any job has an archive.
  const { extract } = await import('tar-stream')
  const extractor: Extract = extract()
  const names = new ArchiveNames()
  await mkdir(directory)
  let entries = 0
  let bytes = 0
  let broken: unknown
  extractor.once('error', (error) => (broken = error))
  const feeding = feed(archive, format, extractor, maximumBytes + overhead, signal)
  try {
    for await (const entry of extractor) {
      signal.throwIfAborted()
      const { header } = entry
      if (++entries > maximumEntries) throw tooMuch(`has more than ${maximumEntries} entries`)
      const kind = kindOf(header)
      const path = names.take(header.name, kind)
      bytes += header.size
      if (bytes > maximumBytes) throw tooMuch(`unpacks to more than maximumBytes (${maximumBytes})`)
      if (kind === 'file' && path !== undefined) await write(join(directory, path), entry)
      else {
        if (path !== undefined) await mkdir(join(directory, path), { recursive: true })
        entry.resume()
      }
    }
    await feeding
  } catch (error) {
    extractor.destroy(null)
    // Of several errors at once most only say that the stream is gone; the others say why.
    const fed: unknown = await feeding.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    throw [fed, error].find((reason) => reason instanceof InputRefusal) ?? explained(isGone(error) ? broken : error)
  }
}

/** Reads the archive into the extractor, no faster than that takes it. */
async function feed(
  archive: string,
  format: 'tar' | 'gzip',
  extractor: Extract,
  maximumBytes: number,
  signal: AbortSignal,
): Promise<void> {
  const file = createReadStream(archive, { highWaterMark: 256 * 1024, signal })
  const source = format === 'gzip' ? file.pipe(createGunzip({ chunkSize: 256 * 1024 })) : file
  if (source !== file) file.once('error', (error) => source.destroy(error))
  let read = 0
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      read += chunk.byteLength
      // What follows the last entry is skipped by the extractor, and may be without end.
      if (read > maximumBytes) throw tooMuch('unpacks to far more than maximumBytes')
      if (extractor.destroying) return
      if (!extractor.write(chunk)) await drained(extractor)
    }
    extractor.end(undefined)
  } catch (error) {
    const known = explained(error)
    extractor.destroy(known instanceof Error ? known : new Error(String(known)))
    throw known
  } finally {
    file.destroy()
    source.destroy()
  }
}

async function drained(extractor: Extract): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      extractor.off('drain', done).off('close', done)
      resolve()
    }
    extractor.on('drain', done).on('close', done)
  })
}

async function write(path: string, body: AsyncIterable<unknown>): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const file = await open(path, 'wx', 0o644)
  try {
    for await (const chunk of body) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError('tar-stream gave something other than bytes')
      let written = 0
      while (written < chunk.byteLength) written += (await file.write(chunk, written)).bytesWritten
    }
  } finally {
    await file.close()
  }
}

function kindOf(header: Header): 'file' | 'directory' {
  const sparse = Object.keys(header.pax ?? {}).some((name) => name.startsWith('GNU.sparse'))
  if ((header.type === 'file' && !sparse) || header.type === 'directory') return header.type
  const kind = sparse ? 'sparse file' : (header.type ?? 'entry of an unknown kind')
  const name = JSON.stringify(header.name.slice(0, 600))
  throw new InputRefusal(
    `the entry ${name} of the archive is a ${kind.replace('-', ' ')}; only regular files and directories are unpacked`,
    'Pack it without links and special files (tar --dereference --hard-dereference).',
  )
}

function tooMuch(what: string): InputRefusal {
  return new InputRefusal(`the archive ${what}`, 'Pack less, or raise maximumBytes of the input.')
}

function isGone(error: unknown): boolean {
  return codeOf(error) === 'STREAM_DESTROYED' || codeOf(error) === 'PREMATURE_CLOSE'
}

/** Errors of zlib and tar-stream, in our words; errors of the file system stay what they are. */
function explained(error: unknown): unknown {
  if (error instanceof InputRefusal) return error
  const code = codeOf(error)
  if (code?.startsWith('Z_') === true) {
    return new InputRefusal(`its gzip compression is broken (${reasonOf(error)})`, 'Pack it anew.')
  }
  if (code !== undefined) return error
  return new InputRefusal(`it is no tar archive, or a broken one (${reasonOf(error)})`, 'Give a tar or tar.gz archive.')
}
