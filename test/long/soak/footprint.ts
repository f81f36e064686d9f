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

/** How many file descriptors a process has open. */
export async function openFiles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length
}

/**
 * Waits until a process has few files open: what is kept for a while after its use is gone then.
 * @param most how many are few
 * @returns how many there are then, or after the deadline
 */
export async function filesAtRest(pid: number, most: number, deadlineMs: number, everyMs = 1_000): Promise<number> {
  for (const end = performance.now() + deadlineMs; ; ) {
    const open = await openFiles(pid)
    if (open <= most || performance.now() >= end) return open
    await pause(everyMs)
  }
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
    const open = await openFiles(pid)
    const at = performance.now() - begun
    memory.push({ at, value: Number(kibibytes) * 1024 })
    files.push({ at, value: open })
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
