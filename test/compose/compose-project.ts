import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { z } from 'zod'
import { freePorts } from '../support/free-ports.ts'
import { projectRoot } from '../support/entrypoint.ts'

/** How a command ended. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** The local demo under a name and ports of its own, from docker-compose.yaml as it is; only base images are the machine's. */
export interface ComposeProject {
  /** Runs `docker compose …`, and fails where that fails. Gives what it wrote to standard output. */
  compose(...parameters: readonly string[]): Promise<string>
  readonly name: string
  /** Runs a line as somebody types it in the folder of the repository. */
  shell(line: string): Promise<Ended>
  /** Runs `docker …`, and fails where that fails. */
  docker(...parameters: readonly string[]): Promise<string>
  /** What the engine says of every container of the project, also of those that ended. */
  containers(): Promise<readonly Container[]>
  /** Waits until a service's container ended, and gives its exit code. */
  exitCode(service: string): Promise<number>
  /** What a service's container wrote to standard output. */
  output(service: string): Promise<string>
  /** Every secret that was made, by its name. */
  secrets(): Promise<Readonly<Record<string, string>>>
  /** Containers, volumes and networks of the project, by name. */
  left(): Promise<readonly string[]>
}

/** What of a container's description matters here. */
export type Container = z.output<typeof containerSchema>
const containerSchema = z.looseObject({
  Id: z.string(),
  Config: z.looseObject({ User: z.string(), Labels: z.record(z.string(), z.string()) }),
  HostConfig: z.looseObject({
    ReadonlyRootfs: z.boolean(),
    CapDrop: z.array(z.string()).nullable(),
    SecurityOpt: z.array(z.string()).nullable(),
    PidsLimit: z.number().nullable(),
    Memory: z.number(),
  }),
  Mounts: z.array(z.looseObject({ Type: z.string(), Name: z.string().optional() })),
  NetworkSettings: z.looseObject({
    Ports: z.record(z.string(), z.array(z.looseObject({ HostIp: z.string() })).nullable()),
  }),
})

/**
 * Makes a project; everything of it is removed when the test ends.
 * @param client path of the docker client
 * @param settings variables of .env.example
 */
export async function composeProject(
  t: ExecutionContext,
  client: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<ComposeProject> {
  const name = `dsc-test-${randomBytes(4).toString('hex')}`
  const environment = {
    ...process.env,
    ...machineSettings(),
    ...(await publishedPorts()),
    ...settings,
    PATH: `${dirname(client)}:${process.env['PATH'] ?? ''}`,
    COMPOSE_PROJECT_NAME: name,
    COMPOSE_ENV_FILES: '/dev/null', // in place of the .env that somebody may have
    COMPOSE_ANSI: 'never',
  }
  const run = (program: string, parameters: readonly string[]): Promise<Ended> =>
    new Promise((resolve) => {
      const options = { cwd: projectRoot, env: environment, maxBuffer: 64 * 1024 * 1024 }
      execFile(program, [...parameters], options, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr }),
      )
    })
  const docker = async (...parameters: readonly string[]): Promise<string> => {
    const ended = await run(client, parameters)
    if (ended.code !== 0) throw new Error(`docker ${parameters.join(' ')} ${endOf(ended)}`)
    return ended.stdout
  }
  const ids = async (kind: readonly string[], format: string): Promise<readonly string[]> => {
    const label = `label=com.docker.compose.project=${name}`
    return (await docker(...kind, '--filter', label, '--format', format)).split('\n').filter((line) => line !== '')
  }
  const compose = (...parameters: readonly string[]): Promise<string> => docker('compose', ...parameters)
  const idOf = async (service: string): Promise<string> => {
    const labels = [`service=${service}`, 'oneoff=False'].flatMap((label) => [
      '--filter',
      `label=com.docker.compose.${label}`,
    ])
    const [id] = await ids(['ps', '--all', ...labels], '{{.ID}}')
    if (id === undefined) throw new Error(`there is no container of ${service}`)
    return id
  }
  t.teardown(() => compose('--profile', 'cluster', 'down', '--volumes', '--timeout', '5'))
  return {
    name,
    compose,
    shell: (line) => run('bash', ['-euc', line]),
    docker,
    async containers() {
      const found = await ids(['ps', '--all'], '{{.ID}}')
      return z.array(containerSchema).parse(JSON.parse(await docker('inspect', ...found)))
    },
    exitCode: async (service) => Number(await docker('wait', await idOf(service))),
    output: async (service) => docker('logs', await idOf(service)),
    async secrets() {
      const print = `process.stdout.write(require('node:fs').readFileSync('/volumes/secrets/secrets.json'))`
      return z
        .record(z.string(), z.string())
        .parse(JSON.parse(await compose('run', '--rm', '--no-deps', '--no-TTY', 'settings', '-e', print)))
    },
    async left() {
      return [
        ...(await ids(['ps', '--all'], 'container {{.Names}}')),
        ...(await ids(['volume', 'ls'], 'volume {{.Name}}')),
        ...(await ids(['network', 'ls'], 'network {{.Name}}')),
      ]
    },
  }
}

/** How a command ended, for a reader: its code and the end of what it wrote. */
export function endOf({ code, stdout, stderr }: Ended): string {
  return `ended with ${code}:\n${stderr.slice(-6_000)}${stdout.slice(-6_000)}`
}

/** Base images that the engine has, and what building needs on this machine. */
function machineSettings(): Readonly<Record<string, string>> {
  const files = {
    DEMO_NPMRC: join(homedir(), '.npmrc'),
    DEMO_CA: '/etc/ssl/certs/ca-certificates.crt',
    DEMO_MAVEN_SETTINGS: join(homedir(), '.m2/settings.xml'),
  }
  return {
    DEMO_NODE_IMAGE: 'localhost/node:24',
    DEMO_BUILD_IMAGE: 'localhost/node-npm:24',
    DEMO_MAVEN_IMAGE: 'localhost/maven:3',
    DEMO_JAVA_IMAGE: 'localhost/java:17',
    DEMO_MINIO_IMAGE: 'localhost/minio:1',
    ...Object.fromEntries(Object.entries(files).filter(([, path]) => existsSync(path))),
  }
}

/** A free port for each that is published. */
async function publishedPorts(): Promise<Readonly<Record<string, string>>> {
  const names = ['ADMIN', 'PROVIDER', 'CONSUMER', 'STORE', 'CLUSTER_ADMIN']
  const ports = await freePorts(names.length)
  return Object.fromEntries(names.map((name, index) => [`DEMO_${name}_PORT`, String(ports[index])]))
}
