import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testOnTestbed } from '../support/testbed.ts'

const run = promisify(execFile)
const project = join(import.meta.dirname, '../..')

/** A program of somebody who takes only the protocol of data planes from the package, with its types. */
const dataPlane = `import { anyCaller } from 'dataspace-compute/dps/auth/check-caller'
import { type FlowWork, keepFlows } from 'dataspace-compute/dps/flow/keep-flows'
import { memoryFlowStore } from 'dataspace-compute/dps/flow/flow-store'
import { dataPlaneHandler } from 'dataspace-compute/dps/server/handle'

const work: FlowWork = { start: async ({ processId }) => ({ flowId: processId, state: 'STARTED' }) }
const dataPlane = keepFlows(work, { store: memoryFlowStore() })
const handle = dataPlaneHandler({ dataPlane, authenticate: anyCaller('provider') })
const { status } = await handle({ method: 'GET', path: '/dataflows/unknown/status', headers: {}, body: undefined })
console.log(status)
`
const dataPlaneOptions = {
  module: 'nodenext',
  target: 'es2024',
  strict: true,
  noEmit: true,
  types: [],
  skipLibCheck: false,
}

// Installing a package needs a registry, which a machine with the testbed has.
testOnTestbed('the package holds compiled JavaScript, and what npx starts of it runs the demo', async (t) => {
  t.timeout(300_000)
  const folder = await temporaryFolder(t)
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: await copyOfProject(folder),
  })
  const [tarball] = JSON.parse(stdout) as readonly { filename: string; files: readonly { path: string }[] }[]
  const paths = tarball?.files.map(({ path }) => path) ?? []
  t.deepEqual(
    paths.filter(
      (path) =>
        (path.endsWith('.ts') && !/^dist\/dps\/.*\.d\.ts$/.test(path)) ||
        /\.test\.|^(test|testbed|bench|scripts)\/|tsbuildinfo/.test(path),
    ),
    [],
  )
  for (const path of ['cli/dsc.mjs', 'dist/entrypoint/main.js', 'dist/sidecar/main.js', 'LICENSE', 'NOTICE'])
    t.true(paths.includes(path), path)

  const elsewhere = join(folder, 'elsewhere')
  await mkdir(elsewhere)
  await writeFile(join(elsewhere, 'package.json'), '{}')
  const env = { ...process.env, npm_config_yes: 'true' }
  const npx = (...args: readonly string[]) =>
    run('npx', ['--package', join(folder, tarball?.filename ?? ''), 'dsc', ...args], { cwd: elsewhere, env })
  const { version } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8')) as { version: string }
  t.is((await npx('--version')).stdout.trim(), version)
  await run('npm', ['install', '--no-audit', '--no-fund', join(folder, tarball?.filename ?? '')], {
    cwd: elsewhere,
    env,
  })
  await writeFile(join(elsewhere, 'tsconfig.json'), JSON.stringify({ compilerOptions: dataPlaneOptions }))
  await writeFile(join(elsewhere, 'data-plane.mts'), dataPlane)
  await run(join(project, 'node_modules/.bin/tsc'), ['-p', elsewhere])
  t.is((await run(process.execPath, ['data-plane.mts'], { cwd: elsewhere })).stdout.trim(), '404')

  const demo = await npx('demo', '--param', 'TOP=2')
  t.regex(demo.stdout, /isolates nothing/)
  t.regex(demo.stdout, /"distinctWords": \d+/)
  t.regex(demo.stdout, /Try next: dsc demo/)
})

/** The project's files in a folder of their own: packing builds everything anew, which must not disturb other tests. */
async function copyOfProject(folder: string): Promise<string> {
  const copy = join(folder, 'project')
  const listed = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: project,
    maxBuffer: 16 * 1024 * 1024,
  })
  for (const path of listed.stdout.split('\0').filter((path) => path !== '' && !/^(test|testbed|docs)\//.test(path))) {
    await mkdir(dirname(join(copy, path)), { recursive: true })
    await cp(join(project, path), join(copy, path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error // removed, and not committed yet
    })
  }
  await symlink(join(project, 'node_modules'), join(copy, 'node_modules'))
  return copy
}
