import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { viewStore } from '../failures/store-view.ts'
import { registerAssetFolder } from '../../demo/register-asset.ts'
import { Dataspace } from '../support/dataspace.ts'
import { startEntrypoint } from '../support/entrypoint.ts'
import { assetFolder } from '../support/expected.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { claimPair, testOnTestbed } from '../support/testbed.ts'

// What of the result gateway comes through the real data plane. The backend is not the point, so it is the local one, with results in the real MinIO.

const listingSchema = z.looseObject({ files: z.array(z.looseObject({ path: z.string(), sha256: z.string() })) })

testOnTestbed('an archive and parts of files come through the data plane', async (t, testbed) => {
  const { pair, provisionPort, release } = await claimPair(testbed)
  const { endpoint, accessKey, secretKey } = testbed.objectStore
  const suffix = randomBytes(4).toString('hex')
  const bucket = `test-${suffix}`
  const id = `linear-regression-${suffix}`
  const assets = await temporaryFolder(t)
  await symlink(assetFolder('linear-regression'), join(assets, id))
  const entrypoint = await startEntrypoint({
    publicPort: provisionPort,
    connector: { managementUrl: pair.providerManagement, apiKey: pair.providerKey },
    environment: {
      DSC_BACKEND: 'local',
      DSC_LOCAL_DIRECTORY: 'work',
      DSC_LOCAL_ASSETS: assets,
      S3_ENDPOINT: endpoint,
      S3_ACCESS_KEY: accessKey,
      S3_SECRET_KEY: secretKey,
      S3_BUCKET: bucket,
    },
  })
  const dataspace = new Dataspace(pair)
  try {
    await registerAssetFolder(entrypoint.adminUrl, assetFolder('linear-regression'), id)
    await dataspace.publish({ assetId: id })
    const transfer = await dataspace.transfer(id, await dataspace.negotiate(id))
    await dataspace.consumerReaches(transfer, ['STARTED'])
    const access = await dataspace.access(transfer)
    const { files } = listingSchema.parse(await (await dataspace.read(access)).json())

    const archive = await dataspace.read(access, '/files.zip')
    t.is(archive.status, 200)
    t.is(archive.headers.get('content-type'), 'application/zip')
    const path = join(await temporaryFolder(t), 'files.zip')
    await writeFile(path, new Uint8Array(await archive.arrayBuffer()))
    for (const file of files) {
      const { stdout } = await promisify(execFile)('unzip', ['-p', path, file.path], { encoding: 'buffer' })
      t.is(createHash('sha256').update(stdout).digest('hex'), file.sha256, file.path)
    }

    const whole = await dataspace.read(access, '/files/metrics.csv')
    const bytes = Buffer.from(await whole.arrayBuffer())
    for (const [query, from, to] of [
      ['?offset=0', 0, bytes.length],
      ['?offset=7', 7, bytes.length],
      ['?offset=7&length=5', 7, 12],
      ['?length=5', 0, 5],
    ] as const) {
      const part = await dataspace.read(access, `/files/metrics.csv${query}`)
      t.is(part.status, 200, `${query}: the data plane tells nothing of 206`)
      t.is(part.headers.get('content-range'), null)
      t.deepEqual(Buffer.from(await part.arrayBuffer()), bytes.subarray(from, to), query)
    }
    const ranged = await dataspace.read(access, '/files/metrics.csv', { Range: 'bytes=7-11' })
    t.deepEqual(Buffer.from(await ranged.arrayBuffer()), bytes, 'a Range header does not come through')
    for (const query of [`?offset=${bytes.length}`, '?offset=-1'])
      t.is((await dataspace.read(access, `/files/metrics.csv${query}`)).status, 500, query)
    await dataspace.terminate(transfer, 'seen enough')
  } catch (error) {
    t.log(await entrypoint.log())
    throw error
  } finally {
    await entrypoint.close()
    await viewStore(testbed.objectStore, bucket).remove()
    await release()
  }
})
