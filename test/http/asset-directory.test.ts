import { randomUUID } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { stringify } from 'yaml'
import { z } from 'zod'
import { eventually } from '../support/eventually.ts'
import { readExposition } from '../support/exposition.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { computeAsset } from './forms.ts'
import { secrets, startStage } from './stage.ts'

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

test('a message for an asset that went from the folder a moment ago is to come again, by either protocol', async (t) => {
  const folder = await temporaryFolder(t)
  const [there, away] = [join(folder, 'assets'), join(folder, 'away')]
  await mkdir(join(there, 'sum'), { recursive: true })
  await writeFile(join(there, 'sum/asset.yaml'), stringify(computeAsset('sum')))
  const stage = await startStage({ DSC_ASSETS_DIRECTORY: there, DSC_ASSETS_INTERVAL: '100ms' })
  try {
    const post = async (path: string, body: object) => {
      const headers = { 'Content-Type': 'application/json' }
      const answer = await fetch(stage.publicUrl + path, { method: 'POST', headers, body: JSON.stringify(body) })
      await answer.text()
      return { status: answer.status, again: answer.headers.has('Retry-After') }
    }
    const provision = (assetId: string) =>
      post('/connectors/provider/provision', {
        assetId,
        transferProcessId: randomUUID(),
        policy: { '@type': { '@policytype': 'contract' }, assignee: 'consumer', target: assetId },
        callbackAddress: `${stage.connector.providerManagement}/callback`,
        resourceDefinitionId: randomUUID(),
      })
    const start = (datasetId: string) =>
      post(`/dataplanes/guarded-plane/${secrets.pathSecret}/dataflows/start`, {
        messageId: randomUUID(),
        participantId: 'provider',
        counterPartyId: 'consumer',
        dataspaceContext: 'dataspace-protocol-http:2025-1',
        processId: randomUUID(),
        agreementId: 'agreement-1',
        datasetId,
        profile: 'Compute-PULL',
        claims: {},
      })
    const withdrawn = (state: boolean) =>
      eventually(`the asset is ${state ? 'withdrawn' : 'there'}`, async () => {
        const [asset] = await stage.store.directoryAssets()
        return asset?.withdrawn === state ? { done: true } : { pending: JSON.stringify(asset) }
      })
    await rename(join(there, 'sum'), away)
    await withdrawn(true)
    t.deepEqual(await provision('sum'), { status: 503, again: true })
    t.deepEqual(await start('sum'), { status: 503, again: true })
    t.is((await provision('nobody')).status, 404)
    t.is((await start('nobody')).status, 422)
    await rename(away, join(there, 'sum'))
    await withdrawn(false)
    t.is((await provision('sum')).status, 200)
    t.is((await start('sum')).status, 202)
  } finally {
    await stage.close()
  }
})
