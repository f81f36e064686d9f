import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { registerAssetFolder } from '../../demo/register-asset.ts'
import { publicationSchema, unpublicationSchema } from '../../entrypoint/routes/publication-schemas.ts'
import { Dataspace } from '../support/dataspace.ts'
import { type Entrypoint, startEntrypoint } from '../support/entrypoint.ts'
import { assetFolder } from '../support/expected.ts'
import { NAMESPACE } from '../support/management-client.ts'
import { claimPair, type Testbed } from '../support/testbed.ts'

/** A service with the local backend beside the real connector pair, and the word count registered under an id of its own. */
export interface PublishingScene {
  readonly dataspace: Dataspace
  readonly entrypoint: Entrypoint
  readonly assetId: string
  /** The provider's management key, which nobody may ever see. */
  readonly key: string
  readonly addressType: string
  /** Registers another version, changed as text. */
  register(change: (yaml: string) => string): Promise<void>
  /** Calls the admin API at the asset's publication. */
  call(method: string, body?: unknown, below?: string): Promise<{ readonly status: number; readonly body: unknown }>
  /** What the consumer reads in the catalogue; `undefined` where the asset is not in it. */
  catalogue(): Promise<Readonly<Record<string, unknown>> | undefined>
  close(): Promise<void>
}

/** Starts one. */
export async function startPublishingScene(testbed: Testbed): Promise<PublishingScene> {
  const { pair, provisionPort, release } = await claimPair(testbed)
  const assets = await mkdtemp(join(tmpdir(), 'dsc-publication-'))
  const assetId = `published-${randomBytes(4).toString('hex')}`
  const folder = join(assets, assetId)
  await cp(assetFolder('word-count'), folder, { recursive: true })
  const entrypoint = await startEntrypoint({
    publicPort: provisionPort,
    connector: {
      managementUrl: pair.providerManagement,
      apiKey: pair.providerKey,
      dataAddressType: pair.addressType,
    },
    environment: {
      DSC_BACKEND: 'local',
      DSC_LOCAL_DIRECTORY: 'work',
      DSC_LOCAL_ASSETS: assets,
      DSC_OBJECT_STORE: 'directory',
      DSC_OBJECT_DIRECTORY: 'objects',
    },
  })
  const dataspace = new Dataspace(pair)
  await registerAssetFolder(entrypoint.adminUrl, folder, assetId)
  return {
    dataspace,
    entrypoint,
    assetId,
    key: pair.providerKey,
    addressType: pair.addressType,
    async register(change) {
      const file = join(folder, 'asset.yaml')
      await writeFile(file, change(await readFile(file, 'utf8')))
      await registerAssetFolder(entrypoint.adminUrl, folder, assetId)
    },
    ...publicationAt(entrypoint.adminUrl, assetId),
    async catalogue() {
      const { body } = await dataspace.consumer.send('POST', '/v3/catalog/request', {
        '@type': 'CatalogRequest',
        counterPartyId: 'provider',
        counterPartyAddress: pair.providerProtocol,
        protocol: 'dataspace-protocol-http',
        querySpec: {
          '@type': 'QuerySpec',
          filterExpression: [
            { '@type': 'Criterion', operandLeft: `${NAMESPACE}id`, operator: '=', operandRight: assetId },
            {
              '@type': 'Criterion',
              operandLeft: 'urn:dataspace-compute:kind',
              operator: '=',
              operandRight: 'ComputeAsset',
            },
          ],
        },
      })
      const found = z.object({ 'dcat:dataset': z.union([z.array(dataset), dataset]) }).parse(body)['dcat:dataset']
      return [found].flat()[0]
    },
    async close() {
      await entrypoint.close()
      await rm(assets, { recursive: true, force: true })
      await release()
    },
  }
}

const dataset = z.record(z.string(), z.unknown())

/** Calls of an admin API at an asset's publication in the connector `provider`. */
export function publicationAt(adminUrl: string, assetId: string): Pick<PublishingScene, 'call'> {
  const url = `${adminUrl}/api/v1/assets/${assetId}/publications/provider`
  return {
    async call(method, body, below = '') {
      const response = await fetch(url + below, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      })
      return { status: response.status, body: await response.json() }
    },
  }
}

/** Publishes, and expects it to go well. */
export async function published(
  { call }: Pick<PublishingScene, 'call'>,
  body: object = {},
): Promise<z.output<typeof publicationSchema>> {
  return expected(await call('PUT', body), publicationSchema)
}

/** Compares, and expects it to go well. */
export async function compared(
  { call }: Pick<PublishingScene, 'call'>,
  body: object = {},
): Promise<z.output<typeof publicationSchema>> {
  return expected(await call('POST', body, '/difference'), publicationSchema)
}

/** Unpublishes, and expects it to go well. */
export async function unpublished(
  { call }: Pick<PublishingScene, 'call'>,
  query = '',
): Promise<z.output<typeof unpublicationSchema>> {
  return expected(await call('DELETE', undefined, query), unpublicationSchema)
}

function expected<T>({ status, body }: { readonly status: number; readonly body: unknown }, schema: z.ZodType<T>): T {
  if (status !== 200) throw new Error(`answered ${status}: ${JSON.stringify(body)}`)
  return schema.parse(body)
}
