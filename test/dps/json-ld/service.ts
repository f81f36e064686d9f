import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { registerAssetFolder } from '../../../demo/register-asset.ts'
import { removeBucket } from '../../e2e/real-parts.ts'
import { Dataspace } from '../../support/dataspace.ts'
import { type Entrypoint, startEntrypoint } from '../../support/entrypoint.ts'
import { freePort } from '../../support/free-ports.ts'
import { eventually } from '../../support/eventually.ts'
import { assetFolder } from '../../support/expected.ts'
import type { Testbed } from '../../support/testbed.ts'
import { type EdcVersion, type JsonLdControlPlane, startJsonLdControlPlane } from './control-plane.ts'
import { available, retire } from './scene.ts'

/** The service as a process of its own, as the data plane of a real control plane that signals by JSON-LD. */
export interface ServiceScene {
  readonly dataspace: Dataspace
  readonly controlPlane: JsonLdControlPlane
  readonly entrypoint: Entrypoint
  /** Ids of the examples, which are offered for pulls and pushes. */
  readonly wordCount: string
  readonly linearRegression: string
  /** Waits until the control plane selects the service: its heartbeat was answered. */
  selected(): Promise<void>
  close(): Promise<void>
}

/** Segment of the path that the control plane calls. */
const secret = 'path-secret-of-the-control-plane-0123456789'

/** Starts the service with the local backend, results in MinIO, and both examples offered. */
export async function startServiceScene(testbed: Testbed, version: EdcVersion): Promise<ServiceScene> {
  const controlPlane = await startJsonLdControlPlane(testbed, version)
  const { control, pair } = controlPlane
  const folder = await mkdtemp(join(tmpdir(), 'dsc-json-ld-'))
  const connectorsFile = join(folder, 'connectors.yaml')
  const dataPlaneId = `service-${process.pid}`
  const bucket = `test-json-ld-${randomBytes(4).toString('hex')}`
  await writeFile(
    connectorsFile,
    stringify({
      connectors: [
        {
          id: 'provider',
          dialect: 'data-plane-signaling',
          form: 'json-ld',
          dataPlaneId,
          signalingUrl: control,
          managementUrl: pair.providerManagement,
          apiKey: pair.providerKey,
          ...(version === '0.10.0' ? { registrationUrl: `${pair.providerManagement}/v2` } : {}),
          registrationInterval: '1s',
          sourceTypes: [pair.addressType],
          secret,
        },
      ],
    }),
  )
  const { endpoint, accessKey, secretKey } = testbed.objectStore
  const entrypoint = await startEntrypoint({
    publicPort: await freePort(),
    connector: { managementUrl: pair.providerManagement, apiKey: pair.providerKey },
    environment: {
      DSC_CONNECTORS_FILE: connectorsFile,
      DSC_BACKEND: 'local',
      DSC_LOCAL_DIRECTORY: 'work',
      DSC_LOCAL_ASSETS: folder,
      DSC_PUSH_HOSTS: `127.0.0.1,${new URL(endpoint).hostname}`,
      S3_ENDPOINT: endpoint,
      S3_ACCESS_KEY: accessKey,
      S3_SECRET_KEY: secretKey,
      S3_BUCKET: bucket,
    },
  })
  const dataspace = new Dataspace(pair)
  const offered = async (example: string) => {
    const id = `${example}-${randomBytes(4).toString('hex')}`
    await cp(assetFolder(example), join(folder, id), { recursive: true })
    const file = join(folder, id, 'asset.yaml')
    await writeFile(file, `${await readFile(file, 'utf8')}\ntransfers: [pull-sync, push-sync]\n`)
    await registerAssetFolder(entrypoint.adminUrl, join(folder, id), id)
    await dataspace.publish({ assetId: id })
    return id
  }
  const scene: ServiceScene = {
    dataspace,
    controlPlane,
    entrypoint,
    wordCount: await offered('word-count'),
    linearRegression: await offered('linear-regression'),
    selected: () => available({ dataspace, instance: { id: dataPlaneId } }),
    async close() {
      const log = await entrypoint.log()
      await entrypoint.close()
      await retire(controlPlane, dataPlaneId)
      await removeBucket(testbed, bucket)
      await rm(folder, { recursive: true, force: true })
      if (log.includes(secret)) throw new Error('the secret of the path stands in the log')
    },
  }
  await scene.selected()
  return scene
}

/** Reads the result of a pull as a consumer does, until it is there. */
export async function resultOf({ dataspace }: ServiceScene, consumerId: string): Promise<Response> {
  const access = await dataspace.access(consumerId)
  return eventually(
    'the result',
    async () => {
      const response = await dataspace.read(access)
      return response.status === 202 ? { pending: await response.text() } : { done: response }
    },
    { deadlineMs: 60_000 },
  )
}
