import test from 'ava'
import { sweepBundles } from '../../entrypoint/engine/sweep-bundles.ts'
import { assetRecord } from './offer.ts'
import { openWorld } from './open-world.ts'
import { minute } from './world.ts'

test('files of an asset that was never registered go after two hours; those of assets, and of others, stay', async (t) => {
  const world = await openWorld(t)
  const { installation } = world.parts
  const put = (bundleId: string) => world.objects.put(`assets/${bundleId}/a.txt`, 'a', 'text/plain')
  for (const bundleId of [
    `${installation}.left`,
    `${installation}.kept`,
    `${installation}.removed`,
    'another.left',
    'old',
  ])
    await put(bundleId)
  const record = (bundleId: string, version: string) => ({ ...assetRecord({ version }, bundleId, 1) })
  await world.store.saveAsset(record(`${installation}.kept`, '3.0.0'), false)
  await world.store.saveAsset({ ...record(`${installation}.removed`, '1.0.0'), id: 'other' }, false)
  await world.store.removeAsset('other', 2)

  const unclaimed = new Map<string, number>()
  t.deepEqual(await sweepBundles(world.parts, unclaimed), [])
  await world.pass(119 * minute)
  t.deepEqual(await sweepBundles(world.parts, unclaimed), [])
  t.deepEqual(await sweepBundles(world.parts, new Map()), [], 'a new process begins to count anew')
  await world.pass(2 * minute)
  const removed = await sweepBundles(world.parts, unclaimed)
  t.deepEqual([...removed].toSorted(), [`${installation}.left`, `${installation}.removed`])
  const left: string[] = []
  for await (const { key } of world.objects.list('assets/')) left.push(key)
  const kept = [`assets/${installation}.kept/a.txt`, 'assets/another.left/a.txt', 'assets/old/a.txt']
  t.deepEqual(left.toSorted(), kept.toSorted())
  t.deepEqual(await sweepBundles(world.parts, unclaimed), [])
  t.is(unclaimed.size, 0)
})

test('files whose asset is registered in time are not counted on', async (t) => {
  const world = await openWorld(t)
  const bundleId = `${world.parts.installation}.slow`
  await world.objects.put(`assets/${bundleId}/a.txt`, 'a', 'text/plain')
  const unclaimed = new Map<string, number>()
  await sweepBundles(world.parts, unclaimed)
  await world.store.saveAsset(assetRecord({ version: '2.0.0' }, bundleId, 1), false)
  await world.pass(180 * minute)
  t.deepEqual(await sweepBundles(world.parts, unclaimed), [])
})
