import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** What is uploaded. */
export interface Sample {
  /** For the table. */
  readonly title: string
  /** Folder with nothing in it but `output`, a file or a folder of files. */
  readonly folder: string
  readonly output: string
  readonly kind: 'file' | 'directory'
  readonly files: number
  readonly bytes: number
}

const MiB = 2 ** 20

/** One large file of random bytes: nothing on the way can make them fewer. */
export async function largeFile(folder: string, bytes: number): Promise<Sample> {
  await mkdir(folder, { recursive: true })
  await pipeline(randomChunks(bytes), createWriteStream(join(folder, 'large.bin')))
  return { title: `one file of ${bytes / MiB} MiB`, folder, output: 'large.bin', kind: 'file', files: 1, bytes }
}

/** Many files of 100 KiB, in one folder. */
export async function smallFiles(folder: string, files: number): Promise<Sample> {
  const size = 100 * 1024
  await mkdir(join(folder, 'small'), { recursive: true })
  for (let index = 0; index < files; index++)
    await writeFile(join(folder, 'small', `${String(index).padStart(5, '0')}.bin`), randomBytes(size))
  const title = `${files} files of 100 KiB`
  return { title, folder, output: 'small', kind: 'directory', files, bytes: files * size }
}

function* randomChunks(bytes: number): Generator<Buffer> {
  for (let made = 0; made < bytes; made += MiB) yield randomBytes(Math.min(MiB, bytes - made))
}
