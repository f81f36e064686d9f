// Helper for the tests beside it (the underscore keeps AVA from taking it for one).
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { Client } from 'minio'
import { AssumeRoleProvider } from 'minio/dist/esm/AssumeRoleProvider.mjs'
import { attemptPrefix, type AttemptRef } from '../core/job/names.ts'
import type { StoreAccess } from '../core/ports/object-store.ts'
import { listKeys } from '../entrypoint/objects/list-keys.ts'
import { eventually } from '../test/support/eventually.ts'
import type { StoreServer } from '../test/support/each-store.ts'
import type { Testbed } from '../test/support/testbed.ts'
import { listen } from './_server.test.ts'
import { temporaryDirectory } from './_task.test.ts'

export type S3Access = Extract<StoreAccess, { kind: 's3' }>
type Server = Pick<StoreServer, 'endpoint' | 'accessKey' | 'secretKey' | 'uploadUser'>

/** A new bucket, which goes when the test ends, with a client that may do everything in it. */
export async function newBucket(t: ExecutionContext, server: Server) {
  const client = clientOf(server)
  const bucket = `sidecar-test-${crypto.randomUUID().slice(0, 8)}`
  await client.makeBucket(bucket)
  t.teardown(async () => {
    for await (const { key } of listKeys(client, bucket, '')) await client.removeObject(bucket, key)
    await client.removeBucket(bucket)
  })
  const { endpoint, accessKey, secretKey } = server
  const access: S3Access = { kind: 's3', region: 'us-east-1', bucket, endpoint, accessKey, secretKey }
  return { client, bucket, access }
}

function clientOf({ endpoint, accessKey, secretKey }: Server): Client {
  const { hostname, port, protocol } = new URL(endpoint)
  return new Client({ endPoint: hostname, port: Number(port), useSSL: protocol === 'https:', accessKey, secretKey })
}

/** Names of the uploads that were begun in a bucket and neither completed nor aborted. */
export async function openUploads(client: Client, bucket: string): Promise<string[]> {
  const keys: string[] = []
  const uploads: AsyncIterable<{ readonly key: string }> = client.listIncompleteUploads(bucket, '', true)
  for await (const { key } of uploads) keys.push(key)
  return keys
}

/**
 * What an attempt gets: it may write below its own prefix and read what is listed. From STS; on a server without it, by a policy of
 * the bucket for the upload user, in place of the one before.
 */
export async function attemptAccess(
  access: S3Access,
  ref: AttemptRef,
  { readKeys = [], uploadUser }: { readKeys?: readonly string[]; uploadUser?: Server['uploadUser'] } = {},
): Promise<S3Access> {
  const arn = (key: string) => `arn:aws:s3:::${access.bucket}/${key}`
  const write = ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts']
  const statements = [
    { Effect: 'Allow', Action: write, Resource: [arn(`${attemptPrefix(ref)}*`)] },
    ...(readKeys.length === 0 ? [] : [{ Effect: 'Allow', Action: ['s3:GetObject'], Resource: readKeys.map(arn) }]),
  ]
  if (uploadUser !== undefined) {
    const own = statements.map((statement) => ({ ...statement, Principal: { AWS: [uploadUser.accessKey] } }))
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: own })
    await clientOf(access).setBucketPolicy(access.bucket, policy)
    return { ...access, ...uploadUser }
  }
  const provider = new AssumeRoleProvider({
    stsEndpoint: access.endpoint,
    accessKey: access.accessKey,
    secretKey: access.secretKey,
    durationSeconds: 900,
    policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
  })
  const credentials = await provider.getCredentials()
  return {
    ...access,
    accessKey: credentials.getAccessKey(),
    secretKey: credentials.getSecretKey(),
    sessionToken: credentials.getSessionToken() ?? '',
  }
}

/** A MinIO of the test's own, to be killed at will; it goes when the test ends. */
export async function ownMinio(t: ExecutionContext, testbed: Testbed) {
  // The testbed keeps its programs beside run/, where the cluster's kubeconfig is.
  const program = join(dirname(testbed.kubeconfig), '../../bin/minio')
  const data = await temporaryDirectory(t)
  const port = await freePort()
  const server: Server = { endpoint: `http://127.0.0.1:${port}`, accessKey: 'test-root', secretKey: 'test-root-secret' }
  let running: ChildProcess | undefined
  const start = async () => {
    running = spawn(program, ['server', '--quiet', '--address', `127.0.0.1:${port}`, data], {
      env: {
        MINIO_ROOT_USER: server.accessKey,
        MINIO_ROOT_PASSWORD: server.secretKey,
        MINIO_BROWSER: 'off',
        HOME: data,
      },
      stdio: 'ignore',
    })
    await eventually('a MinIO of our own', async () => {
      const answer = await fetch(`${server.endpoint}/minio/health/ready`).catch((error: unknown) => String(error))
      if (typeof answer === 'string') return { pending: answer }
      return answer.ok ? { done: undefined } : { pending: `${answer.status}` }
    })
  }
  const kill = async () => {
    const child = running
    running = undefined
    if (child === undefined) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  t.teardown(kill)
  await start()
  return { server, start, kill }
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  server.close()
  await once(server, 'close')
  return port
}
