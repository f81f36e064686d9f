import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { Point } from './trend.ts'

/** What a process needs of the machine. */
export interface Footprint {
  /** Memory resident, in bytes. */
  readonly memory: readonly Point[]
  /** Open file descriptors: files, sockets, pipes. */
  readonly files: readonly Point[]
}

/** Looks at one process again and again. */
export interface FootprintWatch {
  /** What was seen so far. Its times count from the first look. */
  readonly seen: Footprint
  /** Takes no further look. @throws where a look failed: the process is gone, or is another one */
  stop(): Promise<void>
}

/** Looks at a process as Linux shows it below /proc. @param everyMs between two looks, in milliseconds */
export function watchFootprint(pid: number, everyMs: number): FootprintWatch {
  const memory: Point[] = []
  const files: Point[] = []
  const stopped = new AbortController()
  const begun = performance.now()
  const look = async (): Promise<void> => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
    if (kibibytes === undefined) throw new Error(`the process ${pid} has no memory any more`)
    const open = await readdir(`/proc/${pid}/fd`)
    const at = performance.now() - begun
    memory.push({ at, value: Number(kibibytes) * 1024 })
    files.push({ at, value: open.length })
  }
  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await look()
      await pause(everyMs, undefined, { signal: stopped.signal }).catch(() => undefined)
    }
  }
  const ran = run()
  ran.catch(() => undefined) // it is told by `stop`
  return {
    seen: { memory, files },
    async stop() {
      stopped.abort()
      await ran
    },
  }
}
