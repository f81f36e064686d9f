import { execFileSync } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { copyFile, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { registerAssetFolder } from '../../demo/register-asset.ts'
import { simulatedConnector } from '../support/simulated-connector.ts'
import { openSqliteStore } from '../../entrypoint/stores/sqlite.ts'
import { Client } from 'minio'
import { projectRoot, startEntrypoint } from '../support/entrypoint.ts'
import { freePort } from '../support/free-ports.ts'
import { kubectl } from '../support/kubectl.ts'
import type { StoreServer } from '../support/each-store.ts'
import { claimPair, type Testbed } from '../support/testbed.ts'
import { repositoryCopy } from './copy.ts'
import { removeBucket } from '../e2e/real-parts.ts'
import type { Surroundings } from './run-page.ts'

/** Node and `dsc` as the pages have them; nothing else of the test's own environment. */
function baseEnvironment(temporary: string): Record<string, string> {
  const path = [join(projectRoot, 'node_modules/.bin'), process.env['PATH'] ?? ''].join(':')
  return { PATH: path, HOME: temporary, LC_ALL: 'C.UTF-8', NO_COLOR: '1', npm_config_update_notifier: 'false' }
}

/** `npm ci` only says whether it would go well (the modules are there); the testbed is up. */
const npm = `npm() {
  case "$*" in
    ci) command npm ci --dry-run --no-audit --no-fund >/dev/null ;;
    'run testbed:up') : ;;
    *) command npm "$@" ;;
  esac
}
dsc() { node '${join(projectRoot, 'cli/dsc.mjs')}' "$@"; }`

/** A copy of the repository with nothing running. */
export async function repository(t: ExecutionContext): Promise<Surroundings> {
  const { root, temporary } = await repositoryCopy(t)
  return { root, environment: baseEnvironment(temporary), replacements: [['/tmp/', `${temporary}/`]], prelude: npm }
}

/** An asset whose worker runs until it is stopped. */
async function makeSlowAsset(root: string): Promise<string> {
  const folder = join(root, 'config/assets/slow')
  await mkdir(folder)
  const document = {
    apiVersion: 'dataspace-compute/v1',
    kind: 'ComputeAsset',
    metadata: { id: 'slow', version: '1.0.0', title: 'Slow' },
    worker: {
      image: 'localhost/slow:1',
      local: { directory: '.', command: ['node', '-e', 'setTimeout(() => undefined, 600_000)'] },
    },
    outputs: [{ name: 'never.txt' }],
  }
  await writeFile(join(folder, 'asset.yaml'), JSON.stringify(document))
  return folder
}

/**
 * A service on the local backend with a simulated connector: linear-regression succeeded once and failed once, and a job of an endless
 * asset runs. The commands find `JOB` (the running one), `ENDPOINT` and `TOKEN` (the result of the one that succeeded).
 */
export async function service(t: ExecutionContext): Promise<Surroundings> {
  const { root, temporary } = await repositoryCopy(t)
  const connector = await simulatedConnector()
  t.teardown(() => connector.close())
  const entrypoint = await startEntrypoint({
    publicPort: 0,
    connector: { managementUrl: connector.providerManagement, apiKey: connector.providerKey },
    environment: {
      DSC_BACKEND: 'local',
      DSC_OBJECT_STORE: 'directory',
      DSC_OBJECT_DIRECTORY: 'objects',
      DSC_LOCAL_DIRECTORY: 'work',
      DSC_LOCAL_ASSETS: join(root, 'config/assets'),
    },
  })
  t.teardown(() => entrypoint.close())
  const address = `${entrypoint.publicUrl}/connectors/provider`
  connector.serviceAt({ provisionUrl: `${address}/provision`, eventsUrl: `${address}/events` })
  for (const folder of ['linear-regression', 'slow'])
    await registerAssetFolder(
      entrypoint.adminUrl,
      folder === 'slow' ? await makeSlowAsset(root) : join(root, 'config/assets', folder),
    )
  const { endpoint, authorization } = await connector.started(connector.request('linear-regression').consumerTransferId)
  await connector.ended(connector.request('linear-regression', { LEARNING_RATE: 1 }).consumerTransferId)
  const failed = await jobId(entrypoint.adminUrl, 'state=failed')
  const succeeded = await jobId(entrypoint.adminUrl, 'state=succeeded')
  connector.request('slow')
  const running = await jobId(entrypoint.adminUrl, 'asset=slow')
  await copyFile(join(entrypoint.folder, 'connectors.yaml'), join(root, 'connectors.yaml'))
  await cutFile(root, endpoint, authorization)
  return {
    root,
    environment: {
      ...baseEnvironment(temporary),
      DSC_ADMIN_URL: entrypoint.adminUrl,
      JOB: running,
      FAILED: failed,
      SUCCEEDED: succeeded,
      ENDPOINT: endpoint,
      TOKEN: authorization,
    },
    replacements: [
      ['http://127.0.0.1:3001', entrypoint.adminUrl],
      ['/tmp/', `${temporary}/`],
      // The result at hand has no model.bin.
      ['model.bin', 'model.json'],
    ],
    prelude: npm,
  }
}

/** Settings of a service that is installed, with its database where the pages have it. */
export async function installation(t: ExecutionContext): Promise<Surroundings> {
  const { root, temporary } = await repositoryCopy(t)
  const [publicPort, adminPort] = [await freePort(), await freePort()]
  const state = join(temporary, 'state.db')
  const connectors = join(temporary, 'connectors.yaml')
  const entry = '{ id: provider, managementUrl: "http://127.0.0.1:1/management", apiKey: a-key-of-nobody }'
  await writeFile(connectors, `connectors:\n  - ${entry}\n`)
  await openSqliteStore(state, { next: randomUUID }).close()
  return {
    root,
    environment: {
      ...baseEnvironment(temporary),
      DSC_DEVELOPMENT: 'true',
      DSC_BACKEND: 'local',
      DSC_OBJECT_STORE: 'directory',
      DSC_OBJECT_DIRECTORY: join(temporary, 'objects'),
      DSC_LOCAL_DIRECTORY: join(temporary, 'work'),
      DSC_DATABASE: state,
      DSC_CONNECTORS_FILE: connectors,
      DSC_PUBLIC_PORT: String(publicPort),
      DSC_ADMIN_URL: `http://127.0.0.1:${adminPort}`,
      DSC_ADMIN_PORT: String(adminPort),
    },
    replacements: [
      ['http://127.0.0.1:3001', `http://127.0.0.1:${adminPort}`],
      ['/var/lib/dataspace-compute/state.db', state],
      ['/backup/', `${temporary}/`],
    ],
    prelude: npm,
  }
}

/** A service on the real connector pair with word-count, under an id that nobody else uses. */
export async function publishing(t: ExecutionContext, testbed: Testbed): Promise<Surroundings> {
  const { root, temporary } = await repositoryCopy(t)
  const { pair, provisionPort, release } = await claimPair(testbed)
  t.teardown(release)
  const id = `word-count-${randomBytes(3).toString('hex')}`
  const entrypoint = await startEntrypoint({
    publicPort: provisionPort,
    connector: {
      managementUrl: pair.providerManagement,
      apiKey: pair.providerKey,
      dataAddressType: pair.addressType,
    },
    environment: {
      DSC_BACKEND: 'local',
      DSC_OBJECT_STORE: 'directory',
      DSC_OBJECT_DIRECTORY: 'objects',
      DSC_LOCAL_DIRECTORY: 'work',
    },
  })
  t.teardown(() => entrypoint.close())
  await registerAssetFolder(entrypoint.adminUrl, join(root, 'config/assets/word-count'), id)
  t.teardown(async () => {
    await fetch(`${entrypoint.adminUrl}/api/v1/assets/${id}/publications/provider`, { method: 'DELETE' })
  })
  return {
    root,
    environment: { ...baseEnvironment(temporary), DSC_ADMIN_URL: entrypoint.adminUrl },
    replacements: [
      ['http://127.0.0.1:3001', entrypoint.adminUrl],
      ['word-count', id],
    ],
    prelude: npm,
  }
}

/** The second object store, as its administrator. */
export async function objectStore(t: ExecutionContext, server: StoreServer, testbed: Testbed): Promise<Surroundings> {
  const surroundings = await repository(t)
  const suffix = randomBytes(3).toString('hex')
  const administrator = { ROOT_ACCESS_KEY: server.accessKey, ROOT_SECRET_KEY: server.secretKey }
  t.teardown(async () => {
    const { hostname, port } = new URL(server.endpoint)
    const { accessKey, secretKey } = server
    await new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey, secretKey }).removeBucket(
      `docs-${suffix}`,
    )
    const admin = ['admin', '--access', accessKey, '--secret', secretKey, '--endpoint-url', server.endpoint]
    for (const user of ['service', 'upload'])
      execFileSync(join(programs, 'versitygw'), [...admin, 'delete-user', '--access', `compute-${suffix}-${user}`])
  })
  const programs = join(dirname(testbed.kubeconfig), '../../bin')
  const path = `${surroundings.environment['PATH']}:${programs}`
  const environment = { ...surroundings.environment, ...administrator, PATH: path }
  return {
    ...surroundings,
    environment,
    replacements: [
      ['http://127.0.0.1:7070', server.endpoint],
      ['--access compute-', `--access compute-${suffix}-`],
      ['--owner compute-', `--owner compute-${suffix}-`],
      ['--bucket dataspace-compute', `--bucket docs-${suffix}`],
    ],
  }
}

/** The beginning of a result's file, as a broken connection leaves it. */
async function cutFile(root: string, endpoint: string, authorization: string): Promise<void> {
  const response = await fetch(`${endpoint}/files/model.json`, { headers: { authorization } })
  await writeFile(join(root, 'model.json'), (await response.text()).slice(0, 100))
}

async function jobId(adminUrl: string, query: string): Promise<string> {
  for (;;) {
    const response = await fetch(`${adminUrl}/api/v1/jobs?limit=1&${query}`)
    const { jobs } = (await response.json()) as { jobs: readonly { id: string }[] }
    if (jobs[0] !== undefined) return jobs[0].id
  }
}

/** The real connector pair and cluster; the page starts the service itself, under ports and an asset id that nobody else uses. */
export async function realParts(t: ExecutionContext, testbed: Testbed): Promise<Surroundings> {
  const { root, temporary } = await repositoryCopy(t)
  const { pair, provisionPort, release } = await claimPair(testbed)
  t.teardown(release)
  const suffix = randomBytes(3).toString('hex')
  const id = `word-count-${suffix}`
  const assets = join(root, 'config/assets')
  await symlink('word-count', join(assets, id))
  const document = join(assets, 'word-count/asset.yaml')
  const text = await readFile(document, 'utf8')
  await writeFile(document, text.replace(/\bid: word-count\b/, `id: ${id}`))
  const [publicPort, adminPort] = [await freePort(), await freePort()]
  const namespace = `docs-${suffix}`
  const role = join(root, 'k8s/role.yaml')
  await writeFile(role, (await readFile(role, 'utf8')).replaceAll('dataspace-compute', namespace))
  t.teardown(async () => {
    await removeBucket(testbed, namespace)
    await kubectl(testbed, ['delete', '--ignore-not-found', '--wait=false', '-f', role])
  })
  const programs = join(dirname(testbed.kubeconfig), '../../bin')
  const base = baseEnvironment(temporary)
  return {
    root,
    environment: {
      ...base,
      PATH: `${base['PATH']}:${programs}`,
      KUBECONFIG: testbed.kubeconfig,
      DSC_KUBERNETES_NAMESPACE: `${namespace}-jobs`,
      DSC_PUBLIC_PORT: String(publicPort),
      DSC_ADMIN_PORT: String(adminPort),
      DSC_ADMIN_URL: `http://127.0.0.1:${adminPort}`,
      S3_BUCKET: namespace,
      S3_ENDPOINT: testbed.objectStore.endpoint,
      S3_ACCESS_KEY: testbed.objectStore.accessKey,
      S3_SECRET_KEY: testbed.objectStore.secretKey,
    },
    replacements: [
      ['/var/tmp/compute-testbed/environment', '@environment@'],
      ['/tmp/', `${temporary}/`],
      ['@environment@', join(programs, '../environment')],
      [':3001', `:${adminPort}`],
      [':3000', `:${publicPort}`],
      ['127.0.0.1:13000', `127.0.0.1:${provisionPort}`],
      ['PORT=13000', `PORT=${provisionPort}`],
      ['"HttpProvision"', `"${pair.addressType}"`],
      ['"word-count"', `"${id}"`],
      ['offer-word-count', `offer-${id}`],
      ['"everybody"', `"everybody-${suffix}"`],
      // The pair's provider was told no secret, and posts for each of its ports by another type.
      ['    secretFile: secrets/provider-path\n', ''],
      ['dataAddressType: HttpProvision', `dataAddressType: ${pair.addressType}`],
      ['dsc asset publish word-count', `dsc asset publish ${id}`],
      ['dsc asset diff word-count', `dsc asset diff ${id}`],
      ['dsc asset unpublish word-count', `dsc asset unpublish ${id}`],
    ],
    prelude: npm,
  }
}

/** A copy of one example under its own name, where a page works in a folder of assets. */
export async function copyExample(root: string, name: string): Promise<void> {
  await cp(join(root, 'config/assets', name), join(root, name), { recursive: true })
}
