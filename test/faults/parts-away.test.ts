import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startOwnMinio } from '../failures/own-minio.ts'
import { testOnTestbed } from '../support/testbed.ts'
import { loadWhile } from './live-through.ts'
import { lots, offerLots } from './load.ts'
import type { Dependency } from './proxy/fault.ts'
import { startFaultStage } from './stage.ts'

testOnTestbed(
  'the object store is stopped and goes on, is killed and started again; cluster and connector fall silent',
  async (t, testbed) => {
    const folder = await mkdtemp(join(tmpdir(), 'dsc-away-'))
    const minio = await startOwnMinio(testbed)
    const stage = await startFaultStage(testbed, folder, { objectStore: minio.objectStore })
    const silence = async (dependency: Dependency): Promise<void> => {
      stage.proxies.find((proxy) => proxy.dependency === dependency)?.silence()
      await pause(1_000)
      stage.heal()
    }
    try {
      await offerLots(stage)
      const wrong = await loadWhile(stage, lots, 1, async () => {
        await pause(500)
        minio.pause()
        await pause(1_500)
        minio.resume()
        await silence('kubernetes')
        await silence('connector')
        await minio.kill()
        await pause(500)
        await minio.start()
      })
      t.deepEqual(wrong, [])
    } finally {
      minio.resume()
      await stage.close()
      await minio.close()
      await rm(folder, { recursive: true, force: true })
    }
  },
)

testOnTestbed('without any watch every job comes to its end', async (t, testbed) => {
  const folder = await mkdtemp(join(tmpdir(), 'dsc-no-watch-'))
  const stage = await startFaultStage(testbed, folder)
  try {
    await offerLots(stage)
    stage.plan(({ name, index }) =>
      name === 'watch pods' ? (index % 2 === 0 ? { kind: 'reset' } : { kind: 'answer', status: 503 }) : undefined,
    )
    // Begun before any fault, the watch that is open goes on: it is ended with everything else that is.
    stage.proxies.find(({ dependency }) => dependency === 'kubernetes')?.cutAll()
    const wrong = await loadWhile(stage, ['plain', 'fails', 'plain'], 1, (load) => load)
    t.deepEqual(wrong, [])
  } finally {
    await stage.close()
    await rm(folder, { recursive: true, force: true })
  }
})
