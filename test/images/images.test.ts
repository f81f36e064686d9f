import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ExecutionContext } from 'ava'
import { z } from 'zod'
import { projectRoot } from '../support/entrypoint.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testWithDocker } from '../support/testbed.ts'

const run = promisify(execFile)
const mebibyte = 1024 * 1024
/** As a user other than root on a read-only root, without any right. */
const confined = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--network', 'none']

/** Build arguments: the machine's own base images, and what the labels say. */
const buildArguments = [
  'NODE_IMAGE=localhost/node:24',
  'BUILD_IMAGE=localhost/node-npm:24',
  'VERSION=1.2.3',
  'REVISION=abc',
]

const imageSchema = z.array(
  z.looseObject({
    Size: z.number(),
    Config: z.looseObject({ User: z.string(), Labels: z.record(z.string(), z.string()) }),
  }),
)
const billSchema = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  components: z.array(z.looseObject({ name: z.string(), version: z.string(), purl: z.string() })),
})

/** Builds one of the images, and removes it when the test ends. */
async function build(t: ExecutionContext, client: string, target: string) {
  const tag = `dsc-test/${target}:${randomBytes(4).toString('hex')}`
  const docker = async (...parameters: readonly string[]): Promise<string> =>
    (await run(client, parameters, { maxBuffer: 16 * mebibyte })).stdout
  const secrets = { npmrc: join(homedir(), '.npmrc'), ca: '/etc/ssl/certs/ca-certificates.crt' }
  await docker(
    'build',
    '--quiet',
    `--target=${target}`,
    `--tag=${tag}`,
    ...buildArguments.map((argument) => `--build-arg=${argument}`),
    ...Object.entries(secrets).flatMap(([id, path]) => (existsSync(path) ? ['--secret', `id=${id},src=${path}`] : [])),
    projectRoot,
  )
  t.teardown(() => docker('image', 'rm', '--force', tag))
  const [image] = imageSchema.parse(JSON.parse(await docker('image', 'inspect', tag)))
  const [base] = imageSchema.parse(JSON.parse(await docker('image', 'inspect', 'localhost/node:24')))
  if (image === undefined || base === undefined) throw new Error('there is no image')
  const sh = (line: string): Promise<string> =>
    docker('run', '--rm', ...confined, '--entrypoint', '/bin/sh', tag, '-c', line)
  t.is(image.Config.User, '65532:65532')
  t.is(image.Config.Labels['org.opencontainers.image.licenses'], 'Apache-2.0')
  t.is(image.Config.Labels['org.opencontainers.image.version'], '1.2.3')
  t.is(image.Config.Labels['org.opencontainers.image.revision'], 'abc')
  t.is((await sh('find /app -name "*.ts" -o -name "*.tsbuildinfo" -o -name "*.map" | head')).trim(), '')
  const { components } = billSchema.parse(JSON.parse(await sh('cat /app/sbom.cdx.json')))
  const installed = (
    await sh(
      'find /app -path "*/node_modules/*" -name package.json | sed -n "s:^/app/node_modules/\\([^@/]*\\|@[^/]*/[^/]*\\)/package.json:\\1:p"',
    )
  )
    .split('\n')
    .filter((name) => name !== '')
  const listed = new Set(components.map(({ name }) => name))
  t.deepEqual(
    installed.filter((name) => !listed.has(name)),
    [],
    'every package in the image is in its list',
  )
  t.log(`${target}: ${image.Size} bytes, of these ${base.Size} the base image; ${components.length} packages`)
  return { docker, sh, tag, size: image.Size, own: image.Size - base.Size }
}

testWithDocker(
  'the image of the service: small, not root, and it answers with nothing to write to',
  async (t, client) => {
    t.timeout(300_000)
    const { docker, sh, tag, size } = await build(t, client, 'entrypoint')
    t.true(size < 250 * 1_000_000, String(size))
    t.regex(await sh('dsc --version'), /^\d+\.\d+\.\d+\n$/)
    const folder = await temporaryFolder(t)
    await chmod(folder, 0o755)
    const connector = {
      id: 'provider',
      managementUrl: 'http://127.0.0.1:19193/management',
      apiKey: 'a-key-of-a-connector',
    }
    await writeFile(join(folder, 'connectors.yaml'), JSON.stringify({ connectors: [connector] }))
    const settings = {
      DSC_DEVELOPMENT: 'true',
      DSC_BACKEND: 'local',
      DSC_OBJECT_STORE: 'directory',
      DSC_CONNECTORS_FILE: '/config/connectors.yaml',
    }
    const id = (
      await docker(
        'run',
        '--detach',
        ...confined,
        '--volume=/data',
        `--volume=${folder}:/config:ro`,
        ...Object.entries(settings).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
        tag,
      )
    ).trim()
    t.teardown(() => docker('rm', '--force', '--volumes', id))
    const ask = `for (;;) { try { console.log((await fetch('http://127.0.0.1:3001/readyz')).status); break } catch { await new Promise((r) => setTimeout(r, 100)) } }`
    const answered = await docker('exec', id, 'node', '--input-type=module', '-e', ask).catch(
      async (error: unknown) => {
        const { stdout, stderr } = await run(client, ['logs', id])
        t.log(stdout, stderr)
        throw error
      },
    )
    t.is(answered.trim(), '200')
    await docker('stop', '--time', '20', id)
    t.is((await docker('inspect', '--format', '{{.State.ExitCode}}', id)).trim(), '0', await docker('logs', id))
  },
)

testWithDocker('the image of the sidecar: the files it needs and no others', async (t, client) => {
  t.timeout(300_000)
  const { docker, tag, own } = await build(t, client, 'sidecar')
  t.true(own < 5 * 1_000_000, String(own))
  const error = await t.throwsAsync<Error & { stderr: string }>(docker('run', '--rm', ...confined, tag))
  t.regex(error.stderr, /There is no command undefined: main\.js fetch\|gate\|upload/)
})
