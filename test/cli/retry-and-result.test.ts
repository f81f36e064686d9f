import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { computeAsset, register } from '../http/forms.ts'
import { type Stage, startStage, writeWorker } from '../http/stage.ts'
import { eventually } from '../support/eventually.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { runDsc } from './run-dsc.ts'

let stage: Stage

test.before(async () => {
  stage = await startStage()
})
test.after.always(() => stage?.close())

test('a job that failed is explained, run again once its asset is mended, and its result fetched', async (t) => {
  const dsc = (...args: readonly string[]) => runDsc([...args, '--admin-url', stage.adminUrl])
  await writeWorker(stage, 'mended', `process.exitCode = 3`)
  await register(stage.adminUrl, { asset: computeAsset('mended') })
  const { consumerTransferId } = stage.connector.request('mended')
  await stage.connector.ended(consumerTransferId)
  const [failed] = await stage.store.listJobs({ assetId: 'mended', limit: 1 })
  const id = failed?.id ?? ''
  t.regex((await dsc('job', 'why', id)).stdout, new RegExp(`dsc job retry ${id}`))

  await writeWorker(
    stage,
    'mended',
    `import { writeFileSync } from 'node:fs'\nwriteFileSync(process.env.OUTPUT_DIR + '/sum.txt', 'forty-two')`,
  )
  const retry = await dsc('job', 'retry', id)
  t.is(retry.code, 0, retry.stderr)
  t.regex(retry.stdout, /It is yours alone/)
  const again = /as ([0-9a-f-]{36})/.exec(retry.stdout)?.[1] ?? ''
  await eventually('it succeeded', async () => {
    const state = (await stage.store.job(again))?.value.state
    return state === 'succeeded' ? { done: state } : { pending: String(state) }
  })
  t.regex((await dsc('job', 'show', again)).stdout, new RegExp(`repeats +${id}`))
  t.regex((await dsc('job', 'why', id)).stdout, new RegExp(`run again as ${again}`))
  t.is((await dsc('job', 'retry', id)).code, 4)

  const folder = await temporaryFolder(t)
  const result = await dsc('job', 'result', again, '--output', folder)
  t.is(result.code, 0, result.stderr)
  t.is(await readFile(join(folder, 'sum.txt'), 'utf8'), 'forty-two')
  await writeFile(join(folder, 'sum.txt'), 'mine')
  t.is((await dsc('job', 'result', again, '--output', folder)).code, 4)
  t.is(await readFile(join(folder, 'sum.txt'), 'utf8'), 'mine')
  t.is((await dsc('job', 'result', again, '--output', folder, '--force')).code, 0)
  t.is(await readFile(join(folder, 'sum.txt'), 'utf8'), 'forty-two')
  t.is((await dsc('job', 'result', id)).code, 3)
})
