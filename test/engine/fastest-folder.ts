import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A fresh folder, in memory where that can be had: the end of a process, which is all that these tests cause, loses nothing of it. */
export async function fastestFolder(): Promise<string> {
  try {
    return await mkdtemp('/dev/shm/dsc-engine-')
  } catch {
    return mkdtemp(join(tmpdir(), 'dsc-engine-'))
  }
}
