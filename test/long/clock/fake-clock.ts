import { existsSync, globSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NotHere } from '../frame/not-here.ts'

/** Where Debian's package `libfaketime` has its library. */
const pattern = '/usr/lib/*/faketime/libfaketime.so.1'

/** A clock of a process' own, which can be set while it runs. What it measures durations by goes on. */
export interface FakeClock {
  /** What the process is started with. */
  readonly environment: Readonly<Record<string, string>>
  /**
   * Sets it, within a second.
   * @param aheadSeconds of the machine's clock; below 0 it is behind
   * @param rate seconds that pass in a second
   */
  set(aheadSeconds: number, rate?: number): Promise<void>
}

/**
 * Prepares one that is right, by libfaketime.
 * @throws NotHere where that is not installed
 */
export async function fakeClock(folder: string): Promise<FakeClock> {
  const [library] = globSync(pattern)
  if (library === undefined || !existsSync(library)) throw new NotHere('needs libfaketime: apt-get install libfaketime')
  const file = join(folder, 'clock')
  const set = async (aheadSeconds: number, rate = 1): Promise<void> => {
    await writeFile(`${file}.new`, `${aheadSeconds < 0 ? '' : '+'}${aheadSeconds}${rate === 1 ? '' : ` x${rate}`}\n`)
    await rename(`${file}.new`, file) // never half written
  }
  await set(0)
  return {
    environment: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: '1', // seconds
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    },
    set,
  }
}
