import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ExecutionContext } from 'ava'
import { resultToken } from '../../entrypoint/gateway/token.ts'
import { viewStore } from '../failures/store-view.ts'
import { eventually } from '../support/eventually.ts'
import { problemOf } from '../support/problem.ts'
import { programTest } from '../support/program-test.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testOnTestbed } from '../support/testbed.ts'
import { computeAsset, register } from './forms.ts'
import { secrets, startStage, writeWorker } from './stage.ts'

/** Larger than what any buffer on the way holds. */
const largeBytes = 12 * 2 ** 20

const worker = `
import { mkdirSync, writeFileSync } from 'node:fs'
import { createCipheriv } from 'node:crypto'
const out = process.env.OUTPUT_DIR + '/out'
mkdirSync(out + '/deep', { recursive: true })
writeFileSync(out + '/a+b@c=d.txt', 'text')
writeFileSync(out + '/deep/empty', '')
const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16))
writeFileSync(out + '/deep/large.bin', noise.update(Buffer.alloc(${largeBytes})))
`

interface Listed {
  readonly path: string
  readonly size: number
  readonly sha256: string
}

/** The archive of a result of several files, on the store that the settings name. */
async function archived(t: ExecutionContext, settings: Readonly<Record<string, string>>): Promise<void> {
  const stage = await startStage(settings)
  try {
    await writeWorker(stage, 'several', worker)
    const limits = { outputBytes: String(2 * largeBytes) }
    await register(stage.adminUrl, {
      asset: computeAsset('several', { outputs: [{ name: 'out', kind: 'directory' }], limits }),
    })
    const { consumerTransferId, providerTransferId } = stage.connector.request('several')
    await stage.connector.started(consumerTransferId)
    const transfer = await eventually('the transfer is granted', async () => {
      const [found] = await stage.store.transfersOfProcess('provider', providerTransferId)
      return found?.state === 'granted' ? { done: found } : { pending: String(found?.state) }
    })
    const token = { Authorization: `Bearer ${resultToken(secrets.tokenKey, transfer)}` }
    const address = `${stage.publicUrl}/results/${transfer.id}`
    const ask = (headers: Readonly<Record<string, string>> = {}, method = 'GET', query = ''): Promise<Response> =>
      fetch(`${address}/files.zip${query}`, { method, headers: { ...token, ...headers } })

    const response = await ask()
    t.is(response.status, 200)
    const headers = Object.fromEntries(response.headers)
    t.like(headers, {
      'content-type': 'application/zip',
      'content-disposition': 'attachment; filename="files.zip"',
      'accept-ranges': 'none',
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
    })
    const bytes = Buffer.from(await response.arrayBuffer())
    t.is(headers['content-length'], String(bytes.byteLength))
    const path = join(await temporaryFolder(t), 'files.zip')
    await writeFile(path, bytes)
    const { files } = (await (await fetch(`${address}/manifest.json`, { headers: token })).json()) as {
      files: readonly Listed[]
    }
    t.is(files.length, 3)
    for (const file of files) {
      const { stdout } = await promisify(execFile)('unzip', ['-p', path, file.path], {
        encoding: 'buffer',
        maxBuffer: 2 * largeBytes,
      })
      t.is(stdout.byteLength, file.size)
      t.is(createHash('sha256').update(stdout).digest('hex'), file.sha256, file.path)
    }

    t.true(bytes.equals(new Uint8Array(await (await ask({ Range: 'bytes=5-' })).arrayBuffer())), 'the same, and whole')
    const head = await ask({}, 'HEAD')
    t.is(head.headers.get('content-length'), response.headers.get('content-length'))
    t.is(head.headers.get('etag'), response.headers.get('etag'))
    t.is((await ask({ 'If-None-Match': headers['etag'] ?? '' })).status, 304)
    for (const query of ['?offset=5', '?length=5', '?offset=0'])
      t.is((await problemOf(await ask({}, 'GET', query))).code, 'invalid-query', query)

    // A file that is gone when its turn comes: the first bytes are out already.
    await stage.objects.removeAll(`jobs/${transfer.jobId}/attempts/1/files/out/deep/large.bin`)
    await t.throwsAsync(async () => (await ask()).arrayBuffer(), { message: /terminated|fetch failed/ })
  } finally {
    await stage.close()
  }
}

programTest(['unzip'], 'several files as one archive, from a directory', (t) => archived(t, {}))

testOnTestbed('several files as one archive, from MinIO', async (t, { objectStore }) => {
  const bucket = `test-${randomBytes(4).toString('hex')}`
  const { endpoint, accessKey, secretKey } = objectStore
  try {
    await archived(t, {
      DSC_OBJECT_STORE: 's3',
      S3_ENDPOINT: endpoint,
      S3_ACCESS_KEY: accessKey,
      S3_SECRET_KEY: secretKey,
      S3_BUCKET: bucket,
    })
  } finally {
    await viewStore(objectStore, bucket).remove()
  }
})
