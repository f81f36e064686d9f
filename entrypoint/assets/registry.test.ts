import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import test from 'ava'
import { assetRecord } from '../../test/contract/store-examples.ts'
import { changed, leastAsset } from '../../test/support/example-asset.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { openSqliteStore } from '../stores/sqlite.ts'
import { registry } from './registry.ts'

test('a registered asset is read with its dotenv file and its files; a replaced one is read anew', async (t) => {
  const store = openSqliteStore(join(await temporaryFolder(t), 'state.db'), { next: randomUUID })
  t.teardown(() => store.close())
  const assets = registry(store)
  t.is(await assets.newest('asset'), undefined)
  t.is(await assets.version('asset', '1.0.0'), undefined)

  const document = changed(changed(leastAsset, 'worker.envFile', 'a.env'), 'worker.image', 'by-tag:1')
  const record = assetRecord('1.0.0', 1, { document, dotenv: 'A=1' })
  await store.saveAsset(record, false)
  const read = await assets.newest('asset')
  t.like(read, { dotenv: { A: '1' }, bundled: record.bundled })
  t.is(read?.asset.worker.image, 'by-tag:1', 'rules for images are those of the time of registration')
  t.is(await assets.version('asset', '1.0.0'), read)

  await store.saveAsset(assetRecord('1.0.0', 2, { document, dotenv: 'A=2' }), true)
  t.like(await assets.newest('asset'), { dotenv: { A: '2' } })
})
