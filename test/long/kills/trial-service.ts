import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { projectRoot } from '../../support/entrypoint.ts'
import { freePort } from '../../support/free-ports.ts'
import { eventually } from '../../support/eventually.ts'

/** The service on trial: a process that is killed and started again on the same state. */
export interface TrialService {
  readonly adminUrl: string
  /** Base of its addresses for the connector. */
  readonly connectorUrl: string
  readonly databasePath: string
  /** Starts it, and does not wait. @param crashAt where it is to end itself (DSC_CRASH_AT) */
  spawn(crashAt?: string): void
  /** Waits until it is ready. False where it ended instead. */
  ready(): Promise<boolean>
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
  /** Waits until it ended by SIGKILL. False where it did not in time. @throws Error where it ended otherwise */
  ended(withinMs: number): Promise<boolean>
  /** SIGTERM, and waits. @throws Error with the end of its log where it did not end well */
  stop(): Promise<void>
  log(): Promise<string>
}

/** Between two questions whether it is ready. Milliseconds. */
const askMs = 15
const readyMs = 90_000

/** Prepares it in a folder. @param connector its entry in the connectors file, but for the id, which is `provider` */
export async function trialService(
  folder: string,
  connector: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string>>,
): Promise<TrialService> {
  const work = join(folder, 'service')
  await mkdir(work, { recursive: true })
  await writeFile(join(work, 'connectors.yaml'), stringify({ connectors: [{ id: 'provider', ...connector }] }))
  const [publicPort, adminPort] = [await freePort(), await freePort()]
  const adminUrl = `http://127.0.0.1:${adminPort}`
  const databasePath = join(work, 'state.db')
  const logFile = join(work, 'service.log')
  let child: ChildProcess | undefined
  let gone: Promise<void> = Promise.resolve()
  const hasEnded = (): boolean => child === undefined || child.exitCode !== null || child.signalCode !== null
  return {
    adminUrl,
    connectorUrl: `http://127.0.0.1:${publicPort}/connectors/provider`,
    databasePath,
    spawn(crashAt) {
      const started = spawn(process.execPath, [join(projectRoot, 'entrypoint/main.ts')], {
        cwd: work,
        env: {
          PATH: process.env['PATH'] ?? '',
          DSC_DATABASE: databasePath,
          DSC_CONNECTORS_FILE: join(work, 'connectors.yaml'),
          DSC_PUBLIC_PORT: String(publicPort),
          DSC_ADMIN_PORT: String(adminPort),
          DSC_DEVELOPMENT: 'true',
          DSC_ALLOW_IMAGE_TAGS: 'true',
          DSC_TOKEN_KEY: 'token-key-of-the-trials-0123456789-abcdef',
          DSC_POLL_INTERVAL: '300ms',
          DSC_IDLE_POLL_INTERVAL: '400ms',
          DSC_SWEEP_INTERVAL: '500ms',
          ...environment,
          ...(crashAt === undefined ? {} : { DSC_CRASH_AT: crashAt }),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      child = started
      const log = createWriteStream(logFile, { flags: 'a' })
      log.write(`--- started${crashAt === undefined ? '' : `, to end at ${crashAt}`}\n`)
      started.stdout.pipe(log, { end: false })
      started.stderr.pipe(log, { end: false })
      gone = new Promise((resolve) => started.once('close', () => resolve()))
    },
    async ready() {
      const end = performance.now() + readyMs
      while (!hasEnded()) {
        const answer = await fetch(`${adminUrl}/readyz`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined)
        await answer?.arrayBuffer().catch(() => undefined)
        if (answer?.status === 200) return true
        if (performance.now() > end) throw new Error(`the service did not become ready:\n${await endOf(logFile)}`)
        await new Promise((resolve) => setTimeout(resolve, askMs))
      }
      await gone
      if (child?.exitCode !== null && child !== undefined)
        throw new Error(`the service ended with ${child.exitCode}:\n${await endOf(logFile)}`)
      return false
    },
    async kill() {
      child?.kill('SIGKILL')
      await gone
    },
    async ended(withinMs) {
      try {
        await eventually('the end of the service', () => (hasEnded() ? { done: true } : { pending: 'it runs' }), {
          deadlineMs: withinMs,
          pauseMs: 5,
        })
      } catch {
        return false
      }
      await gone
      if (child?.signalCode !== 'SIGKILL')
        throw new Error(`the service ended with ${child?.exitCode ?? child?.signalCode}:\n${await endOf(logFile)}`)
      return true
    },
    async stop() {
      child?.kill('SIGTERM')
      await gone
      if (child !== undefined && child.exitCode !== 0)
        throw new Error(`the service ended with ${child.exitCode ?? child.signalCode}:\n${await endOf(logFile)}`)
    },
    log: () => readFile(logFile, 'utf8').catch(() => ''),
  }
}

async function endOf(file: string): Promise<string> {
  return (await readFile(file, 'utf8').catch(() => '')).slice(-3_000)
}
