import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { z } from 'zod'
import { eventually } from './eventually.ts'
import { freePort } from './free-ports.ts'
import { leaksBelow, noLeaks, secretsAmong } from './leaks.ts'

/** Root of the project. */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url))

/** What a test's entrypoint is told besides what every one of them gets. */
export interface EntrypointOptions {
  /** Port for the connector's messages; 0 takes a free one. */
  readonly publicPort: number
  /** Its entry in the connectors file, but for the id, which is `provider` unless it says so. */
  readonly connector: Readonly<Record<string, unknown>>
  /** Backend, object store and whatever else the test wants to set. */
  readonly environment: Readonly<Record<string, string>>
  /** What follows `node`: flags and the program. @default entrypoint/main.ts of this project, without flags */
  readonly parameters?: readonly string[]
}

/** The service's program. */
export const serviceProgram = join(projectRoot, 'entrypoint/main.ts')

/** How its image starts the service, by the Dockerfile: what keeps its memory small and even. The program is that of this project. */
export async function imageStart(): Promise<{
  readonly parameters: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}> {
  const dockerfile = await readFile(join(projectRoot, 'Dockerfile'), 'utf8')
  const last = (instruction: RegExp): string => [...dockerfile.matchAll(instruction)].at(-1)?.[1] ?? ''
  const [, ...parameters] = z.array(z.string()).parse(JSON.parse(last(/^ENTRYPOINT (.*)$/gm)))
  const settings = last(/^ENV (.*)$/gm).split(' ')
  return {
    parameters: [...parameters.slice(0, -1), serviceProgram],
    environment: Object.fromEntries(
      settings.map((setting): [string, string] => {
        const [name = '', value = ''] = setting.split('=')
        return [name, value]
      }),
    ),
  }
}

/** The service as a process of its own, so that it can be killed and started again with the same state. */
export interface Entrypoint {
  readonly adminUrl: string
  readonly publicUrl: string
  /** Folder with its state; local backend and directory store lie below it. */
  readonly folder: string
  /** Process id of the one that was started last. */
  pid(): number | undefined
  /** Starts it (again) and waits until it is ready. */
  start(): Promise<void>
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
  /** SIGTERM, and gives the exit code. */
  stop(): Promise<number | null>
  /** Everything it logged so far. */
  log(): Promise<string>
  /** Stops it and removes its folder. @throws where a secret of its settings or its connector stands in its log, its database or another file */
  close(): Promise<void>
}

/** A key that is no secret of anyone, long and random enough for the settings; easy to find where it should not be. */
export const tokenKey = 'canary-token-key-0123456789-abcdefghijklmn'

/** Prepares the service with state of its own and starts it. */
export async function startEntrypoint(options: EntrypointOptions): Promise<Entrypoint> {
  const folder = await mkdtemp(join(tmpdir(), 'dsc-test-'))
  await mkdir(join(folder, 'work'))
  const connector = { id: 'provider', ...options.connector }
  await writeFile(join(folder, 'connectors.yaml'), stringify({ connectors: [connector] }))
  const adminPort = await freePort()
  const publicPort = options.publicPort === 0 ? await freePort() : options.publicPort
  const environment = {
    PATH: process.env['PATH'] ?? '',
    DSC_DATABASE: join(folder, 'state.db'),
    DSC_CONNECTORS_FILE: join(folder, 'connectors.yaml'),
    DSC_PUBLIC_PORT: String(publicPort),
    DSC_ADMIN_PORT: String(adminPort),
    DSC_TOKEN_KEY: tokenKey,
    DSC_ALLOW_IMAGE_TAGS: 'true',
    DSC_DEVELOPMENT: 'true',
    DSC_POLL_INTERVAL: '1s',
    DSC_IDLE_POLL_INTERVAL: '2s',
    ...options.environment,
  }
  const adminUrl = `http://127.0.0.1:${adminPort}`
  const logFile = join(folder, 'service.log')
  let child: ChildProcess | undefined
  let ended: Promise<number | null> = Promise.resolve(null)

  const entrypoint: Entrypoint = {
    adminUrl,
    publicUrl: `http://127.0.0.1:${publicPort}`,
    folder,
    pid: () => child?.pid,
    async start() {
      const started = spawn(process.execPath, options.parameters ?? [serviceProgram], {
        cwd: folder,
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      child = started
      const log = createWriteStream(logFile, { flags: 'a' })
      started.stdout.pipe(log, { end: false })
      started.stderr.pipe(log, { end: false })
      ended = new Promise((resolve) => started.once('close', (code) => resolve(code)))
      await eventually('the service to be ready', () => readyOutcome(adminUrl, started, logFile), {
        deadlineMs: 60_000,
      })
    },
    async kill() {
      child?.kill('SIGKILL')
      await ended
    },
    async stop() {
      child?.kill('SIGTERM')
      return ended
    },
    log: () => readFile(logFile, 'utf8'),
    async close() {
      await entrypoint.stop()
      const secrets = secretsAmong(environment, connector)
      const leaks = await leaksBelow(folder, secrets, (path) => path === 'connectors.yaml' || path.startsWith('work/'))
      await rm(folder, { recursive: true, force: true })
      noLeaks(leaks)
    },
  }
  await entrypoint.start()
  return entrypoint
}

async function readyOutcome(
  adminUrl: string,
  child: ChildProcess,
  logFile: string,
): Promise<{ done: true } | { pending: string }> {
  if (child.exitCode !== null)
    throw new Error(`the service exited with ${child.exitCode}:\n${await readFile(logFile, 'utf8')}`)
  const response = await fetch(`${adminUrl}/readyz`).catch(() => undefined)
  if (response === undefined) return { pending: 'nothing listens yet' }
  const text = await response.text()
  return response.status === 200 ? { done: true } : { pending: text }
}

const jobSchema = z.looseObject({
  id: z.string(),
  state: z.string(),
  attempt: z.number(),
  attempts: z.array(z.looseObject({ number: z.number(), objectsRemoved: z.boolean() })),
  origin: z.looseObject({ transferId: z.string() }),
  consumerId: z.string().nullable(),
  parameters: z.record(z.string(), z.string()).nullable(),
  failure: z
    .looseObject({
      cause: z.string(),
      message: z.string(),
      hint: z.string(),
      exitCode: z.number().optional(),
      lastLogLines: z.array(z.string()).optional(),
    })
    .optional(),
  result: z
    .looseObject({
      attempt: z.number(),
      files: z.array(z.looseObject({ path: z.string(), size: z.number(), sha256: z.string() })),
    })
    .optional(),
})

/** A job as the admin API shows it. */
export type ShownJob = z.output<typeof jobSchema>

/** Reads the admin API. */
export async function getJob(adminUrl: string, id: string): Promise<ShownJob> {
  return jobSchema.parse(await getJson(`${adminUrl}/api/v1/jobs/${id}`))
}

/** The newest jobs, newest first. */
export async function listJobs(adminUrl: string): Promise<readonly ShownJob[]> {
  return z.object({ jobs: z.array(jobSchema) }).parse(await getJson(`${adminUrl}/api/v1/jobs?limit=500`)).jobs
}

/** All jobs, newest first, read page by page. */
export async function allJobs(adminUrl: string): Promise<readonly ShownJob[]> {
  const page = z.object({ jobs: z.array(jobSchema), next: z.string().nullable() })
  const jobs: ShownJob[] = []
  for (let before: string | undefined; ; ) {
    const query = before === undefined ? '' : `&before=${before}`
    const { jobs: some, next } = page.parse(await getJson(`${adminUrl}/api/v1/jobs?limit=500${query}`))
    jobs.push(...some)
    if (next === null) return jobs
    before = next
  }
}

/** The log of one container. */
export async function getLog(adminUrl: string, id: string, container: string): Promise<string> {
  const response = await fetch(`${adminUrl}/api/v1/jobs/${id}/logs?container=${container}`)
  const text = await response.text()
  if (response.status !== 200) throw new Error(`the log of ${container} was answered ${response.status}: ${text}`)
  return text
}

async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url)
  if (response.status !== 200) throw new Error(`${url} was answered ${response.status}: ${await response.text()}`)
  return response.json()
}
