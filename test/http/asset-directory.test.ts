import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { stringify } from 'yaml'
import { z } from 'zod'
import { readExposition } from '../support/exposition.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { computeAsset } from './forms.ts'
import { startStage } from './stage.ts'

const idsSchema = z.object({ assets: z.array(z.looseObject({ id: z.string() })) })

test('assets of a folder are there before the first request; what is wrong is shown, and keeps nothing else back', async (t) => {
  const folder = await temporaryFolder(t)
  for (const id of ['sum', 'broken']) {
    await mkdir(join(folder, id))
    await writeFile(join(folder, id, 'asset.yaml'), id === 'sum' ? stringify(computeAsset(id)) : 'a: [')
  }
  const stage = await startStage({ DSC_ASSETS_DIRECTORY: folder, DSC_ASSETS_INTERVAL: '10m' })
  try {
    const get = async (path: string) => (await fetch(stage.adminUrl + path)).json()
    const { assets } = idsSchema.parse(await get('/api/v1/assets'))
    t.deepEqual(
      assets.map(({ id }) => id),
      ['sum'],
    )
    t.like(await get('/api/v1/asset-directory'), {
      directory: folder,
      unreadable: null,
      folders: [
        { folder: 'broken', id: null, version: null, registered: false, problem: { code: 'invalid-asset' } },
        { folder: 'sum', id: 'sum', version: '1.0.0', registered: true, problem: null },
      ],
    })
    t.like(await get('/readyz'), { ready: true })
    const metrics = readExposition(await (await fetch(`${stage.adminUrl}/metrics`)).text())
    for (const state of ['registered', 'failed']) t.is(metrics.value('dataspace_compute_asset_folders', { state }), 1)
  } finally {
    await stage.close()
  }
})

test('behind a base path, requests are taken with it and without, and errors name what was asked for', async (t) => {
  const stage = await startStage({ DSC_PUBLIC_URL: 'https://example.org/compute' })
  try {
    for (const base of ['/compute', '']) {
      t.is((await fetch(`${stage.publicUrl}${base}/livez`)).status, 200)
      const message = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }
      const refused = await fetch(`${stage.publicUrl}${base}/connectors/provider/provision`, message)
      t.like(await refused.json(), { code: 'invalid-message' })
    }
    t.is((await fetch(`${stage.publicUrl}/compute/compute/livez`)).status, 404)
    t.is((await fetch(`${stage.adminUrl}/compute/livez`)).status, 404, 'the admin listener has no base path')
  } finally {
    await stage.close()
  }
})
