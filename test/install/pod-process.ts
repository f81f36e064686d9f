import { readdir, readFile } from 'node:fs/promises'

/** A process in a pod, as this machine sees it: the testbed's node is this machine. */
export interface PodProcess {
  /** Milliseconds since 1970, to 10 ms. */
  readonly startedAt: number
  /** Resident memory in bytes. */
  residentBytes(): Promise<number>
}

/** Length of a clock tick of /proc on Linux, in milliseconds. */
const tickMs = 10

/** Finds the process of a pod whose command line holds a word; `undefined` while there is none. */
export async function podProcess(podUid: string, word: string): Promise<PodProcess | undefined> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const [group, command] = await Promise.all([read(pid, 'cgroup'), read(pid, 'cmdline')])
    if (!group.includes(podUid) || !command.includes(word)) continue
    const startTicks = Number((await read(pid, 'stat')).split(') ')[1]?.split(' ')[19])
    const uptime = Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0])
    return {
      startedAt: Date.now() - (uptime * 1000 - startTicks * tickMs),
      residentBytes: async () => Number(/VmRSS:\s+(\d+) kB/.exec(await read(pid, 'status'))?.[1]) * 1024,
    }
  }
  return undefined
}

/** Empty where the process is gone. */
function read(pid: string, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
}
