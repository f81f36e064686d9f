import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseDocument, stringify } from 'yaml'
import { removeBucket } from '../e2e/real-parts.ts'
import { Dataspace } from '../support/dataspace.ts'
import { eventually } from '../support/eventually.ts'
import { assetFolder } from '../support/expected.ts'
import { kubectl } from '../support/kubectl.ts'
import { noLeaks } from '../support/leaks.ts'
import { searchObjects, secretsOf } from '../support/object-leaks.ts'
import { startRecordingProxy } from '../support/recording-proxy.ts'
import { claimPair, type Testbed } from '../support/testbed.ts'
import { chart, helm } from './helm.ts'

/** A place for one installation: namespace, volume, Secrets, an asset, and the connector pair. */
export interface Installation {
  readonly testbed: Testbed
  readonly release: string
  readonly namespace: string
  readonly jobsNamespace: string
  /** Name of the Deployment and of the Service. */
  readonly name: string
  readonly assetId: string
  readonly dataspace: Dataspace
  /** kubectl in the release's namespace. */
  kubectl(...parameters: readonly string[]): Promise<string>
  /** Puts the asset's ConfigMap there, or changes it, under a version. */
  putAsset(version: string): Promise<void>
  /** Installs or upgrades, with values on top of those of every installation, and waits until it is ready. */
  deploy(more?: object): Promise<void>
  /** Lets the connector's messages and data plane reach the Service, as it is now: after an upgrade it takes another call. */
  connect(): Promise<void>
  /** Where the admin API is reached, while `use` runs. */
  withAdmin<T>(use: (adminUrl: string) => Promise<T>): Promise<T>
  uninstall(): Promise<void>
  /** Removes all that is left of it, whatever went wrong before. */
  close(): Promise<void>
}

/** Size of the volume that stands for a cluster's storage. */
const volumeSize = '64Mi'

/** Makes a place with names of its own. Nothing is installed yet. */
export async function prepareInstallation(testbed: Testbed): Promise<Installation> {
  const { pair, provisionPort, release: releaseClaim } = await claimPair(testbed)
  const suffix = randomBytes(4).toString('hex')
  const release = `dsc-${suffix}`
  const namespace = `install-${suffix}`
  const jobsNamespace = `${namespace}-jobs`
  const name = `${release}-dataspace-compute`
  const bucket = `install-${suffix}`
  const assetId = `word-count-${suffix}`
  const folder = await mkdtemp(join(tmpdir(), 'dsc-install-'))
  let disconnect: () => Promise<void> = async () => undefined
  const run = (...parameters: readonly string[]) => kubectl(testbed, ['-n', namespace, ...parameters])
  const create = (object: object) => kubectl(testbed, ['create', '-f', '-'], JSON.stringify(object))
  const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  await mkdir(join(folder, 'state'))
  await create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: restricted } })
  await create(volume(namespace, name, join(folder, 'state'), await nodeName(testbed)))
  await create(secret(namespace, 'service', serviceSecrets(testbed)))
  const pathSecret = randomBytes(32).toString('hex')
  const secrets = [...secretsOf(testbed), { name: 'the path’s secret', value: pathSecret }]
  const search = await searchObjects(testbed, [namespace, jobsNamespace], secrets)
  await create(secret(namespace, 'connectors', { 'provider-key': pair.providerKey, 'provider-path': pathSecret }))

  const installation: Installation = {
    testbed,
    release,
    namespace,
    jobsNamespace,
    name,
    assetId,
    dataspace: new Dataspace(pair),
    kubectl: run,
    async putAsset(version) {
      const object = await assetConfigMap(namespace, assetId, version)
      await kubectl(testbed, ['apply', '-f', '-'], JSON.stringify(object))
    },
    async deploy(more = {}) {
      const callbackAddress = `${pair.providerManagement}/callback`
      const values = {
        image: { repository: 'localhost/dataspace-compute', tag: 'dev', pullPolicy: 'Never' },
        sidecar: {
          image: { repository: 'localhost/dataspace-compute-sidecar', tag: 'dev', pullPolicy: 'Never' },
          cpu: '250m',
        },
        publicUrl: `http://127.0.0.1:${provisionPort}/compute`,
        s3: { endpoint: testbed.objectStore.endpoint, bucket },
        existingSecret: 'service',
        connectors: [
          {
            id: 'provider',
            managementUrl: fromPods(pair.providerManagement, testbed),
            callbackAddress,
            callbackUrl: fromPods(callbackAddress, testbed),
            dataAddressType: pair.addressType,
            apiKeyFrom: 'provider-key',
            secretFrom: 'provider-path',
          },
        ],
        connectorsSecret: 'connectors',
        jobs: { allowImageTags: true },
        assets: { configMaps: ['word-count'], interval: '1s' },
        settings: { DSC_POLL_INTERVAL: '1s', DSC_IDLE_POLL_INTERVAL: '2s' },
        persistence: { storageClass: '-', size: volumeSize },
        ...more,
      }
      const file = join(folder, 'values.yaml')
      await writeFile(file, stringify(values))
      const wait = ['--wait', '--timeout', '180s']
      await helm(testbed, 'upgrade', '--install', release, chart, '-n', namespace, '-f', file, ...wait)
    },
    async connect() {
      await disconnect()
      const address = await run('get', 'service', name, '-o', 'jsonpath={.spec.clusterIP}:{.spec.ports[0].port}')
      const proxy = await startRecordingProxy(provisionPort, `http://${address}`, (path) =>
        // The testbed's connector was configured before there was a secret.
        path.replace(/^(\/compute)?(\/connectors\/provider\/(?:provision|events))$/, `$&/${pathSecret}`),
      )
      disconnect = () => proxy.close()
    },
    async withAdmin(use) {
      const admin = await forward(testbed, namespace, `deployment/${name}`, 3001)
      try {
        return await use(admin.url)
      } finally {
        await admin.close()
      }
    },
    async uninstall() {
      await helm(testbed, 'uninstall', release, '-n', namespace, '--wait', '--timeout', '120s')
    },
    async close() {
      const always = [
        () => disconnect(),
        () => helm(testbed, 'uninstall', release, '-n', namespace, '--ignore-not-found', '--wait'),
        () => kubectl(testbed, ['delete', 'namespace', namespace, jobsNamespace, '--ignore-not-found']),
        () => kubectl(testbed, ['delete', 'persistentvolume', name, '--ignore-not-found']),
        () => removeBucket(testbed, bucket).catch(unlessMissing),
        () => rm(folder, { recursive: true, force: true }),
        releaseClaim,
        async () => {
          search.stop()
          noLeaks([...search.found])
        },
      ]
      const failures: unknown[] = []
      for (const step of always) await step().catch((error: unknown) => failures.push(error))
      if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '))
    },
  }
  return installation
}

/** The service makes the bucket; where it never came so far there is none. */
function unlessMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'NoSuchBucket')) throw error
}

/** An address of this machine as pods reach it. */
function fromPods(address: string, { host }: Testbed): string {
  return address.replace('//localhost:', `//${host}:`)
}

async function nodeName(testbed: Testbed): Promise<string> {
  return kubectl(testbed, ['get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}'])
}

/** A local volume, made by hand, that the chart's claim gets: the testbed has no storage class. */
function volume(namespace: string, name: string, path: string, node: string): object {
  const here = { key: 'kubernetes.io/hostname', operator: 'In', values: [node] }
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: volumeSize },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: '',
      claimRef: { namespace, name },
      local: { path },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [here] }] } },
    },
  }
}

function serviceSecrets({ objectStore }: Testbed): Record<string, string> {
  return {
    'token-key': randomBytes(32).toString('hex'),
    'admin-token': randomBytes(32).toString('hex'),
    's3-access-key': objectStore.accessKey,
    's3-secret-key': objectStore.secretKey,
  }
}

function secret(namespace: string, name: string, stringData: Record<string, string>): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData }
}

/** The word count with its dotenv file and its text, as a provider's repository would keep it. */
async function assetConfigMap(namespace: string, id: string, version: string): Promise<object> {
  const folder = assetFolder('word-count')
  const document = parseDocument(await readFile(join(folder, 'asset.yaml'), 'utf8'))
  document.setIn(['metadata', 'id'], id)
  document.setIn(['metadata', 'version'], version)
  const files = { 'word-count.env': '', 'text.txt': '' }
  for (const name of ['word-count.env', 'text.txt'] as const) files[name] = await readFile(join(folder, name), 'utf8')
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'word-count', namespace },
    data: { 'asset.yaml': document.toString(), ...files },
  }
}

/** A free port of this machine, forwarded to a port of what is named. */
async function forward(
  testbed: Testbed,
  namespace: string,
  target: string,
  port: number,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const parameters = ['--kubeconfig', testbed.kubeconfig, '-n', namespace, 'port-forward', target, `:${port}`]
  const child = spawn('kubectl', parameters, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const close = async () => {
    child.kill()
    await ended
  }
  let local: string | undefined
  createInterface(child.stdout).on('line', (line) => (local ??= /127\.0\.0\.1:(\d+)/.exec(line)?.[1]))
  try {
    await eventually('a forwarded port', () => {
      if (child.exitCode !== null) throw new Error(`kubectl port-forward ${target} exited with ${child.exitCode}`)
      return local === undefined ? { pending: 'kubectl names none' } : { done: true }
    })
  } catch (error) {
    await close()
    throw error
  }
  return { url: `http://127.0.0.1:${local}`, close }
}
