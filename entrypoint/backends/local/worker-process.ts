import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** How a worker ended. */
export type WorkerEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'not-started'; readonly reason: string }

/** What a worker process is started with. */
export interface WorkerStart {
  readonly command: readonly [string, ...string[]]
  readonly directory: string
  /** Everything it sees; nothing of the service's own environment but PATH is added. */
  readonly environment: Readonly<Record<string, string>>
  /** File that gets both of its outputs. */
  readonly logFile: string
}

/** A worker that was started. */
export interface WorkerProcess {
  /** Process id, also of its process group; `undefined` where it did not start. */
  readonly pid: number | undefined
  readonly ended: Promise<WorkerEnd>
  /** Sends a signal to the worker and everything it started. */
  signal(name: 'SIGTERM' | 'SIGKILL'): void
}

/** Starts a worker as the leader of a process group of its own, so that what it starts can be ended with it. */
export function startWorker(start: WorkerStart): WorkerProcess {
  const [program, ...parameters] = start.command
  const log = openSync(start.logFile, 'a', 0o600)
  let child: ChildProcess
  try {
    child = spawn(program, parameters, {
      cwd: start.directory,
      // `node` means the Node that runs us.
      env: { ...start.environment, PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin` },
      stdio: ['ignore', log, log],
      detached: true,
    })
  } finally {
    closeSync(log)
  }
  const ended = new Promise<WorkerEnd>((resolve) => {
    child.once('error', (error) => resolve({ kind: 'not-started', reason: error.message }))
    child.once('exit', (code, signal) =>
      resolve(signal === null ? { kind: 'exit', code: code ?? 0 } : { kind: 'signal', signal }),
    )
  })
  return { pid: child.pid, ended, signal: (name) => signalGroup(child.pid, name) }
}

/** Sends a signal to a process group; one that is gone is no error. */
export function signalGroup(pid: number | undefined, name: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/**
 * When a process started, in the kernel's own count: with the id it tells a process from a later one that got the same id.
 * @returns `undefined` where there is no such process, or no /proc
 */
export function startTimeOf(pid: number): string | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}
