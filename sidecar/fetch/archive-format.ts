import { open } from 'node:fs/promises'
import { InputRefusal } from './input-refusal.ts'

const signatures: readonly (readonly [string, readonly number[]])[] = [
  ['zip', [0x50, 0x4b]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['7z', [0x37, 0x7a, 0xbc, 0xaf]],
]

/**
 * Tells by its first bytes what an archive is; its name counts for nothing. A tar proves itself later, header by header.
 * @throws InputRefusal for other kinds of archives and for an empty file
 */
export async function archiveFormat(path: string): Promise<'tar' | 'gzip'> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0)
    const begin = buffer.subarray(0, bytesRead)
    if (bytesRead === 0) throw new InputRefusal('the archive is empty', 'Give a tar archive.')
    if (begin[0] === 0x1f && begin[1] === 0x8b) return 'gzip'
    const other = signatures.find(([, bytes]) => bytes.every((byte, i) => begin[i] === byte))
    if (other === undefined) return 'tar'
    throw new InputRefusal(`it is a ${other[0]} archive`, 'Pack it as tar, or as tar compressed with gzip.')
  } finally {
    await file.close()
  }
}
