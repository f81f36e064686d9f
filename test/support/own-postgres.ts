import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { projectRoot } from './entrypoint.ts'
import { freePort } from './free-ports.ts'
import { isAlive } from './is-alive.ts'

const run = promisify(execFile)

/** A PostgreSQL server of a test's own, which it may stop, pause and kill. */
export interface OwnPostgres {
  /** Address of its database, with its superuser. */
  readonly url: string
  /** Starts it (again), and waits until it takes connections. */
  start(): Promise<void>
  /** Ends it as an operator does: connections are cut, and what is committed stays. */
  stop(): Promise<void>
  /** Kills every process of it at once. */
  kill(): Promise<void>
  /** Stands still until `resume`: connections stay open, and nothing answers. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Ends it and removes its data. */
  close(): Promise<void>
}

/** Starts it with the script of the testbed, and data of its own. */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'dsc-postgres-'))
  await chmod(folder, 0o755) // the server's own user must pass through
  const port = await freePort()
  const environment = { ...process.env, TB_DIR: folder, TB_POSTGRES_PORT: String(port) }
  const script = async (word: 'up' | 'down'): Promise<string> =>
    (await run('bash', [join(projectRoot, 'testbed/postgres.sh'), word], { env: environment })).stdout
  const data = join(folder, 'run/postgres')
  // The server stands still before the others are counted: one that it made for a connection meanwhile would go on, and hold its memory
  // against the next start.
  const signal = async (name: 'SIGSTOP' | 'SIGKILL'): Promise<readonly number[]> => {
    const [server] = await processesOf(data)
    if (server !== undefined) send(server, 'SIGSTOP')
    const all = await processesOf(data)
    for (const pid of all) send(pid, name)
    return all
  }
  const resume = async (): Promise<void> => {
    for (const pid of await processesOf(data)) send(pid, 'SIGCONT')
  }
  const url = /TESTBED_POSTGRES_URL=(\S+)/.exec(await script('up'))?.[1]
  if (url === undefined) throw new Error('the script names no address')
  return {
    url,
    async start() {
      await script('up')
    },
    async stop() {
      const [pid] = (await readFile(join(data, 'data/postmaster.pid'), 'utf8')).split('\n')
      process.kill(Number(pid), 'SIGINT')
      while (isThere(Number(pid))) await new Promise((resolve) => setTimeout(resolve, 20))
    },
    async kill() {
      const all = await signal('SIGKILL')
      while (all.some(isThere)) await new Promise((resolve) => setTimeout(resolve, 20))
    },
    async pause() {
      await signal('SIGSTOP')
    },
    resume,
    async close() {
      await resume()
      await script('down')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The server and the processes that it started for connections and for itself. */
async function processesOf(data: string): Promise<readonly number[]> {
  const text = await readFile(join(data, 'data/postmaster.pid'), 'utf8').catch(() => '')
  const first = Number(text.split('\n')[0])
  if (!isThere(first)) return []
  const children: number[] = []
  for (const name of await readdir('/proc')) {
    const stat = /^\d+$/.test(name) ? await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '') : ''
    if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === first) children.push(Number(name))
  }
  return [first, ...children]
}

/** Sends a signal to a process, which may have ended by itself since it was seen. */
function send(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Whether a process runs; one that ended and was not waited for yet does not. */
function isThere(pid: number): boolean {
  return Number.isInteger(pid) && pid > 0 && isAlive(pid)
}
