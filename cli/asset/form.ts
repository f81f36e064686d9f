import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { CheckedAsset } from './check-asset.ts'

/** A form on its way. */
export interface Form {
  readonly stream: ReadableStream<Uint8Array>
  readonly contentType: string
  /** Bytes of all files; the form's own lines come on top. */
  readonly total: number
}

/** How much of a file is read at a time, in bytes. */
const chunkBytes = 256 * 1024

/**
 * The form that registers an asset, encoded while it is sent, so that files of any size never lie in memory. (Blobs of files in
 * a `FormData` do not wait for a slow receiver: 1 GiB took 0.7 GiB of memory with Node 24.21.) Names of files have passed the
 * asset's rules and need no escaping.
 * @param sent told how many bytes of files have been taken so far, chunk by chunk
 */
export function assetForm(asset: CheckedAsset, sent: (bytes: number) => void): Form {
  const boundary = `dsc-${randomUUID()}`
  const text = Buffer.from(asset.text)
  const files = [...(asset.envFile === undefined ? [] : [asset.envFile]), ...asset.bundled]
  async function* encoded(): AsyncGenerator<Uint8Array> {
    let bytes = text.byteLength
    yield Buffer.concat([partHead(boundary, 'asset', 'asset.yaml'), text])
    for (const file of files) {
      yield partHead(boundary, file === asset.envFile ? 'envFile' : 'bundled', file.name)
      const content: AsyncIterable<Uint8Array> = createReadStream(file.path, { highWaterMark: chunkBytes })
      for await (const chunk of content) {
        bytes += chunk.byteLength
        sent(bytes)
        yield chunk
      }
    }
    yield Buffer.from(`\r\n--${boundary}--\r\n`)
  }
  return {
    stream: ReadableStream.from(encoded()),
    contentType: `multipart/form-data; boundary=${boundary}`,
    total: files.reduce((sum, { size }) => sum + size, text.byteLength),
  }
}

/** Begins a part. The line break before it ends the part before it, or is an empty line before the first. */
function partHead(boundary: string, name: string, fileName: string): Buffer {
  const disposition = `content-disposition: form-data; name="${name}"; filename="${fileName}"`
  return Buffer.from(`\r\n--${boundary}\r\n${disposition}\r\ncontent-type: application/octet-stream\r\n\r\n`)
}
