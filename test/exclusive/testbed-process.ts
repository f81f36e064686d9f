import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { readdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { eventually } from '../support/eventually.ts'

/** A program of the testbed, which everybody uses: it is disturbed only where nobody else works. */
export interface TestbedProcess {
  /** SIGSTOP: it answers nothing, and closes nothing. */
  pause(): void
  resume(): void
  /** SIGKILL, and starts it again as it was started. */
  restart(): Promise<void>
}

/** Finds one by the file in which the testbed keeps its process id and when it began. */
export async function testbedProcess(pidFile: string): Promise<TestbedProcess> {
  let pid = Number.parseInt(await readFile(pidFile, 'utf8'), 10)
  return {
    pause: () => void process.kill(pid, 'SIGSTOP'),
    resume: () => void process.kill(pid, 'SIGCONT'),
    async restart() {
      const [program = '', ...parameters] = await zeroSeparated(`/proc/${pid}/cmdline`)
      const environment = Object.fromEntries(
        (await zeroSeparated(`/proc/${pid}/environ`)).map((pair) => [
          pair.slice(0, pair.indexOf('=')),
          pair.slice(pair.indexOf('=') + 1),
        ]),
      )
      const cwd = await readlink(`/proc/${pid}/cwd`)
      const log = openSync(await readlink(`/proc/${pid}/fd/1`), 'a')
      process.kill(pid, 'SIGKILL')
      await eventually('the process to be gone', async () =>
        (await isGone(pid)) ? { done: undefined } : { pending: 'it is there' },
      )
      const child = spawn(program, parameters, { cwd, env: environment, detached: true, stdio: ['ignore', log, log] })
      child.unref()
      if (child.pid === undefined) throw new Error(`${program} could not be started again`)
      pid = child.pid
      await writeFile(pidFile, `${pid} ${await startTime(pid)}\n`)
    },
  }
}

async function zeroSeparated(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8')).split('\0').filter((part) => part !== '')
}

/** When a process began, in clock ticks since the machine did; what stands in the name's parentheses may be anything. */
async function startTime(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

/** Gone, or dead with all its threads (they hold its ports) and not yet taken note of by whoever started it. */
async function isGone(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') X')
  const threads = await readdir(`/proc/${pid}/task`).catch(() => [])
  return /^[XZ]/.test(stat.slice(stat.lastIndexOf(')') + 2)) && threads.length <= 1
}
