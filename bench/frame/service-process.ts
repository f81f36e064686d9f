import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import { z } from 'zod'
import { memoryOf } from './child.ts'
import { projectRoot } from './project-root.ts'

/** What the service logs, one line. */
export interface LogLine {
  /** When it was written, milliseconds since 1970. */
  readonly at: number
  readonly level: string
  readonly message: string
  readonly jobId: string | undefined
  readonly processId: string | undefined
}

/** What a service under measurement is started with. */
export interface ServiceOptions {
  /** Where its state goes. */
  readonly folder: string
  /** Its entry in the connectors file, but for the id, which is `provider`. */
  readonly connector: Readonly<Record<string, unknown>>
  /** Backend, object store and whatever else differs from the defaults. */
  readonly environment: Readonly<Record<string, string>>
  /** Another program than the image's, such as the service with stand-ins inside. */
  readonly program?: string
  /** Is told every line of its log. */
  readonly onLog?: (line: LogLine) => void
}

/** The service as it runs in production, a process of its own: what it is asked and what it is measured by do not share its thread. */
export interface ServiceProcess {
  readonly publicUrl: string
  readonly adminUrl: string
  /** From the start of the process until /readyz said yes, in milliseconds. */
  readonly readyMs: number
  /** Memory resident now, or at most so far, in bytes. */
  memory(what: 'VmRSS' | 'VmHWM'): number
  /** Ends it as an operator would. @throws Error with the end of its log where it did not end well */
  stop(): Promise<void>
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>
}

/** Between two questions whether it is ready. Milliseconds. */
const askMs = 10
const readyDeadlineMs = 120_000

/** Name of its database in its folder. */
export const databaseName = 'state.db'

const lineSchema = z.looseObject({
  level: z.string(),
  time: z.string(),
  msg: z.string(),
  jobId: z.string().optional(),
  processId: z.string().optional(),
})

/** Starts it and waits until it is ready. A database that lies in the folder already is taken over. */
export async function startServiceProcess(options: ServiceOptions): Promise<ServiceProcess> {
  const { folder, connector, environment } = options
  await mkdir(join(folder, 'work'), { recursive: true })
  await writeFile(join(folder, 'connectors.yaml'), stringify({ connectors: [{ id: 'provider', ...connector }] }))
  const [publicPort, adminPort] = [await freePort(), await freePort()]
  // With PostgreSQL the chart starts it otherwise.
  const image = await imageStart('DSC_DATABASE_URL' in environment)
  const start = options.program === undefined ? image : programStart(options.program, image)
  const begun = performance.now()
  const child = spawn(process.execPath, start.parameters, {
    cwd: folder,
    env: {
      ...start.environment,
      PATH: process.env['PATH'] ?? '',
      DSC_DATABASE: join(folder, databaseName),
      DSC_CONNECTORS_FILE: join(folder, 'connectors.yaml'),
      DSC_PUBLIC_PORT: String(publicPort),
      DSC_ADMIN_PORT: String(adminPort),
      DSC_ALLOW_IMAGE_TAGS: 'true',
      DSC_DEVELOPMENT: 'true',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const logFile = join(folder, 'service.log')
  keepLog(child, logFile, options.onLog)
  const failure = async () => new Error(`the service ended with ${child.exitCode}:\n${await endOf(logFile)}`)
  const adminUrl = `http://127.0.0.1:${adminPort}`
  while (!(await isReady(adminUrl))) {
    if (child.exitCode !== null) throw await failure()
    if (performance.now() - begun > readyDeadlineMs) {
      child.kill('SIGKILL')
      throw new Error(`the service did not become ready:\n${await endOf(logFile)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, askMs))
  }
  const readyMs = performance.now() - begun
  return {
    publicUrl: `http://127.0.0.1:${publicPort}`,
    adminUrl,
    readyMs,
    memory(what) {
      const bytes = memoryOf(child.pid, what)
      if (bytes === undefined) throw new Error('the service is gone')
      return bytes
    },
    async stop() {
      child.kill('SIGTERM')
      if ((await ended) !== 0) throw await failure()
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** A program of the repository, started with the flags of the image. */
function programStart(program: string, { parameters, environment }: ImageStart): ImageStart {
  return { parameters: [...parameters.slice(0, -1), program], environment }
}

let laidOut: Promise<unknown> | undefined

/** How an image starts the service: what follows `node`, and the environment. */
interface ImageStart {
  readonly parameters: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

/** The service as its image holds it: compiled, its packages packed, started as the Dockerfile says; with PostgreSQL, as the chart says. */
async function imageStart(onPostgres: boolean): Promise<ImageStart> {
  const image = join(projectRoot, 'dist/image')
  laidOut ??= layOut(image)
  await laidOut
  const dockerfile = await readFile(join(projectRoot, 'Dockerfile'), 'utf8')
  const chart = await readFile(join(projectRoot, 'k8s/chart/templates/deployment.yaml'), 'utf8')
  const command = onPostgres ? lastOf(chart, /^ +command: (.*)$/gm) : lastOf(dockerfile, /^ENTRYPOINT (.*)$/gm)
  const [, ...parameters] = z.array(z.string()).parse(JSON.parse(command))
  const settings = lastOf(dockerfile, /^ENV (.*)$/gm).split(' ')
  return {
    parameters: parameters.map((part) => (part.startsWith('/') ? join(image, 'entrypoint', part) : part)),
    environment: Object.fromEntries(settings.map((setting) => setting.split('='))),
  }
}

async function layOut(image: string): Promise<void> {
  const run = promisify(execFile)
  await rm(image, { recursive: true, force: true })
  await run('npm', ['run', 'build'], { cwd: projectRoot })
  await run(process.execPath, ['scripts/image-files.mjs', image, 'entrypoint'], { cwd: projectRoot })
}

function lastOf(text: string, instruction: RegExp): string {
  const found = [...text.matchAll(instruction)].at(-1)?.[1]
  if (found === undefined) throw new Error(`there is no line that matches ${instruction.source}`)
  return found
}

function keepLog(child: ChildProcess, file: string, onLog: ServiceOptions['onLog']): void {
  const log = createWriteStream(file, { flags: 'a' })
  child.stderr?.pipe(log, { end: false })
  child.stdout?.pipe(log, { end: false })
  if (child.stdout === null || onLog === undefined) return
  createInterface(child.stdout).on('line', (text) => {
    if (!text.startsWith('{')) return
    const { level, time, msg, jobId, processId } = lineSchema.parse(JSON.parse(text))
    onLog({ at: Date.parse(time), level, message: msg, jobId, processId })
  })
}

async function isReady(adminUrl: string): Promise<boolean> {
  const answer = await fetch(`${adminUrl}/readyz`).catch(() => undefined)
  await answer?.arrayBuffer()
  return answer?.status === 200
}

async function endOf(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).slice(-3_000)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
