import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { Download } from '../store/store.ts'
import { InputRefusal } from './input-refusal.ts'

/** What was saved. */
export interface Saved {
  /** Bytes. */
  readonly size: number
  /** 64 hexadecimal digits. */
  readonly sha256: string
}

/**
 * Writes a download to a file, replacing it, and hashes it on the way.
 * @throws InputRefusal where it is longer than it may be, by its declared length or in fact
 */
export async function save(download: Download, path: string, maximumBytes: number): Promise<Saved> {
  try {
    if (download.size !== undefined && download.size > maximumBytes) throw tooLarge(download.size, maximumBytes)
    return await write(download, path, maximumBytes)
  } finally {
    download.close()
  }
}

async function write(download: Download, path: string, maximumBytes: number): Promise<Saved> {
  const hash = createHash('sha256')
  let size = 0
  const file = await open(path, 'w', 0o644)
  try {
    for await (const chunk of download.body) {
      size += chunk.byteLength
      if (size > maximumBytes) throw tooLarge(size, maximumBytes)
      hash.update(chunk)
      let written = 0
      while (written < chunk.byteLength) written += (await file.write(chunk, written)).bytesWritten
    }
  } finally {
    await file.close()
  }
  return { size, sha256: hash.digest('hex') }
}

function tooLarge(size: number, maximumBytes: number): InputRefusal {
  return new InputRefusal(
    `it has ${size} bytes or more, and maximumBytes is ${maximumBytes}`,
    'Raise maximumBytes of the input, or give a smaller file.',
  )
}
