import type { ExecutionContext } from 'ava'
import { expectedCounts } from '../support/expected.ts'
import { testWithDocker } from '../support/testbed.ts'
import { type ComposeProject, composeProject, type Container, type Ended, endOf } from './compose-project.ts'
import { pageCommands } from './page-commands.ts'

/** From `docker compose up` to the printed result, in seconds, once the images are built. */
const mostSeconds = 120

testWithDocker('the commands of docs/compose.md show the whole way, and leave nothing behind', async (t, client) => {
  t.timeout(1_200_000)
  const project = await composeProject(t, client)
  const commands = pageCommands().filter((line) => !line.includes('--profile cluster'))
  t.deepEqual(
    Object.keys(checks).filter((line) => !commands.includes(line)),
    [],
  )
  const [last = '', ...others] = commands.toReversed()
  t.is(last, 'docker compose down -v')

  for (const line of others.toReversed()) {
    const begin = performance.now()
    const ended = await project.shell(line)
    const { code = 0, check } = checks[line] ?? {}
    t.is(ended.code, code, `${line} ${endOf(ended)}`)
    await check?.({ t, project, ended, seconds: (performance.now() - begin) / 1000 })
  }
  await isConfined(t, project)
  await keepsWhatItKeeps(t, project)

  t.is((await project.shell(last)).code, 0)
  t.deepEqual(await project.left(), [])
})

/** What is known after a command. */
interface After {
  readonly t: ExecutionContext
  readonly project: ComposeProject
  readonly ended: Ended
  readonly seconds: number
}

/** What is expected of commands besides that they end with 0. */
const checks: Readonly<Record<string, { readonly code?: number; check(after: After): void | Promise<void> }>> = {
  'docker compose up': {
    async check({ t, project, seconds }) {
      t.is(await project.exitCode('demo'), 0)
      t.is(resultIn(await project.output('demo')), (await expectedCounts({})).toString())
      t.log(`docker compose up to result: ${seconds.toFixed(1)} s`)
      t.true(seconds < mostSeconds)
    },
  },
  'docker compose run --rm demo --param TOP=3': {
    async check({ t, ended }) {
      t.is(resultIn(ended.stdout), (await expectedCounts({ TOP: '3' })).toString())
    },
  },
  'docker compose run --rm demo --param TOP=0': {
    code: 1,
    check({ t, ended }) {
      t.regex(ended.stderr, /the provider ended the transfer/)
    },
  },
  'docker compose run --rm demo --quiet': {
    async check({ t, ended }) {
      t.is(ended.stdout, (await expectedCounts({})).toString())
    },
  },
  'docker compose exec entrypoint dsc job list': {
    check({ t, ended }) {
      t.is(ended.stdout.match(/ succeeded /g)?.length, 3)
      t.regex(ended.stdout, / failed .* invalid-parameters/)
    },
  },
}

/** Containers have no more rights than they need, ports are this machine's alone, and nobody reads a secret where everybody looks. */
async function isConfined(t: ExecutionContext, project: ComposeProject): Promise<void> {
  const containers = await project.containers()
  const services = ['consumer', 'demo', 'entrypoint', 'object-store', 'offer', 'provider', 'settings']
  t.deepEqual(containers.map(serviceOf).toSorted(), services)
  for (const container of containers) t.deepEqual(looseEnds(container, project.name), [], serviceOf(container))
  const published = containers.flatMap(({ NetworkSettings }) => Object.values(NetworkSettings.Ports).flat())
  const addresses = published.flatMap((port) => (port === null ? [] : [port.HostIp]))
  t.deepEqual(addresses, ['127.0.0.1', '127.0.0.1', '127.0.0.1', '127.0.0.1'])

  const texts = { logs: await project.compose('logs'), containers: JSON.stringify(containers) }
  for (const [name, secret] of Object.entries(await project.secrets())) {
    for (const [place, text] of Object.entries(texts))
      t.false(text.includes(longestLine(secret)), `${name} is in the ${place}`)
  }
}

/** After a pause the same secrets and the same asset serve. */
async function keepsWhatItKeeps(t: ExecutionContext, project: ComposeProject): Promise<void> {
  const secrets = await project.secrets()
  await project.compose('down')
  await project.compose('up', '--detach', 'demo')
  t.is(await project.exitCode('demo'), 0)
  t.deepEqual(await project.secrets(), secrets)
}

/** The result as the consumer printed it: indented, after the last step. */
function resultIn(log: string): string {
  const lines = log.split('\n')
  const from = lines.findIndex((line) => line.includes('fetched the result')) + 1
  return lines
    .slice(from)
    .map((line) => line.replace(/^ {4}/, ''))
    .join('\n')
}

function serviceOf({ Config }: Container): string {
  return Config.Labels['com.docker.compose.service'] ?? ''
}

/** What a container may do that it need not, and what of it would be left behind. */
function looseEnds({ Config, HostConfig, Mounts }: Container, project: string): readonly string[] {
  const { ReadonlyRootfs, CapDrop, SecurityOpt, PidsLimit, Memory } = HostConfig
  return [
    ...(Config.User === '65532:65532' ? [] : [`runs as ${Config.User || 'root'}`]),
    ...(ReadonlyRootfs ? [] : ['may write to its root']),
    ...(CapDrop?.includes('ALL') === true ? [] : ['keeps capabilities']),
    ...(SecurityOpt?.includes('no-new-privileges:true') === true ? [] : ['may gain privileges']),
    ...((PidsLimit ?? 0) > 0 ? [] : ['has no limit of processes']),
    ...Mounts.filter(({ Type, Name }) => Type === 'volume' && Name?.startsWith(`${project}_`) !== true).map(
      ({ Name }) => `has a volume without a name, ${Name}`,
    ),
    ...(Memory > 0 ? [] : ['has no limit of memory']),
  ]
}

/** Of a key in several lines, one that tells it from others. */
function longestLine(text: string): string {
  return text.split('\n').toSorted((a, b) => b.length - a.length)[0] ?? text
}
