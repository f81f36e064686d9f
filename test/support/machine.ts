import { arch, cpus, loadavg, release, totalmem, type } from 'node:os'

/** What figures were taken on, without a word that names the machine or its owner. */
export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryMiB: number
  readonly system: string
  readonly node: string
}

/** This machine. */
export function thisMachine(): Machine {
  const processors = cpus()
  return {
    processor: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    system: `${type()} ${/^\d+\.\d+/.exec(release())?.[0] ?? ''} ${arch()}`,
    node: process.versions.node,
  }
}

/** Load average of the last minute: how many processes wanted a processor. Other work on the machine shows here. */
export function load(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100
}
