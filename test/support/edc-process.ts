import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from './eventually.ts'

/** A program of a connector that is the test's own, so that it may be disturbed. Its stores are in memory: what it knew goes with it. */
export interface EdcProcess {
  /** SIGSTOP: it answers nothing, and closes nothing. */
  pause(): void
  /** Goes on after `pause`. */
  resume(): void
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
  /** Starts it with the same settings, and waits until its Management API answers. */
  start(): Promise<void>
}

/** What one is started with. */
export interface EdcProgram {
  /** What it is called in messages. */
  readonly name: string
  readonly java: string
  /** Folder of its jars. */
  readonly lib: string
  /** Folder for settings and the log. */
  readonly folder: string
  readonly properties: Readonly<Record<string, string | number>>
  /** Asks its Management API something, and gives the status of the answer. Readiness turns true seconds before that is there. */
  readonly ask: () => Promise<Response>
}

/** Writes down its settings and starts one. @throws with the end of its log */
export async function startEdcProcess(program: EdcProgram): Promise<EdcProcess> {
  const { name, folder, properties } = program
  const settings = join(folder, `${name}.properties`)
  const log = join(folder, `${name}.log`)
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`)
  await writeFile(settings, lines.join(''))
  let running: ChildProcess | undefined
  const edc: EdcProcess = {
    pause: () => void running?.kill('SIGSTOP'),
    resume: () => void running?.kill('SIGCONT'),
    async kill() {
      if (running === undefined || running.exitCode !== null || running.signalCode !== null) return
      const ended = once(running, 'exit')
      running.kill('SIGKILL')
      await ended
    },
    async start() {
      const child = await launch(program, settings, log)
      running = child
      await eventually(
        `the ${name}’s connector`,
        async () => {
          if (child.exitCode !== null) throw new Error('it ended')
          const status = await program.ask().then(
            (answer) => answer.status,
            () => 0,
          )
          return status === 200 ? { done: undefined } : { pending: `it answers ${status}` }
        },
        { deadlineMs: 180_000, pauseMs: 200 },
      )
    },
  }
  try {
    await edc.start()
  } catch (error) {
    await edc.kill()
    const tail = (await readFile(log, 'utf8')).split('\n').slice(-20).join('\n')
    throw new Error(`${String(error)}; the end of its log:\n${tail}`, { cause: error })
  }
  return edc
}

async function launch({ java, lib }: EdcProgram, settings: string, log: string): Promise<ChildProcess> {
  const output = createWriteStream(log, { flags: 'a' })
  await once(output, 'open')
  const child = spawn(
    java,
    [
      '-Xmx256m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      `-Dedc.fs.config=${settings}`,
      '-cp',
      join(lib, '*'),
      'org.eclipse.edc.boot.system.runtime.BaseRuntime',
    ],
    { stdio: ['ignore', output, output] },
  )
  await once(child, 'spawn')
  output.close()
  return child
}
