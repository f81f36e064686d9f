import { randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import type { ExecutionContext } from 'ava'
import { Client } from 'minio'
import type { DataAddress } from '../../dps/data-plane.ts'
import { listKeys } from '../../entrypoint/objects/list-keys.ts'
import { abandonUploads, openUploads } from '../../entrypoint/objects/open-uploads.ts'
import type { StoreServer } from '../support/each-store.ts'

/** A consumer's bucket on a real S3 server; it goes with the test. */
export interface ConsumerBucket {
  readonly name: string
  readonly client: Client
  keys(): Promise<readonly string[]>
  content(key: string): Promise<Buffer>
  /** Keys of uploads in parts that nobody finished. */
  unfinished(): Promise<readonly string[]>
  /** The bucket as a consumer names it. */
  address(properties?: Readonly<Record<string, string>>): DataAddress
}

/** Makes a bucket. */
export async function consumerBucket(t: ExecutionContext, server: StoreServer): Promise<ConsumerBucket> {
  const { hostname, port } = new URL(server.endpoint)
  const { accessKey, secretKey } = server
  const client = new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    region: 'us-east-1',
    accessKey,
    secretKey,
  })
  const name = `push-test-${randomUUID()}`
  await client.makeBucket(name, 'us-east-1')
  const keys = async (): Promise<string[]> => (await Array.fromAsync(listKeys(client, name, ''))).map(({ key }) => key)
  const unfinished = async (): Promise<string[]> => (await openUploads(client, name, '')).map(({ key }) => key)
  t.teardown(async () => {
    await abandonUploads(client, name, await openUploads(client, name, ''))
    await client.removeObjects(name, await keys())
    await client.removeBucket(name)
  })
  return {
    name,
    client,
    keys,
    content: async (key) => buffer(await client.getObject(name, key)),
    unfinished,
    address: (properties = {}) => ({
      endpointType: 'AmazonS3',
      properties: {
        bucketName: name,
        endpointOverride: server.endpoint,
        accessKeyId: accessKey,
        secretAccessKey: secretKey,
        ...properties,
      },
    }),
  }
}
