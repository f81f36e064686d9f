import test from 'ava'
import { z } from 'zod'
import { computeAsset, register } from '../http/forms.ts'
import { type Stage, startStage, writeWorker } from '../http/stage.ts'
import { eventually } from '../support/eventually.ts'
import { runDsc } from './run-dsc.ts'

let stage: Stage

test.before(async () => {
  stage = await startStage()
})
test.after.always(() => stage?.close())

const reportSchema = z.looseObject({
  ok: z.boolean(),
  findings: z.array(z.looseObject({ rule: z.string(), about: z.string(), message: z.string(), hint: z.string() })),
})

test('dsc check finds nothing where all is well, and tells what does not belong there', async (t) => {
  const dsc = (...args: readonly string[]) => runDsc([...args, '--admin-url', stage.adminUrl])
  const worker = `import { writeFileSync } from 'node:fs'\nwriteFileSync(process.env.OUTPUT_DIR + '/sum.txt', 'forty-two')`
  await writeWorker(stage, 'whole', worker)
  await register(stage.adminUrl, { asset: computeAsset('whole') })
  const { consumerTransferId } = stage.connector.request('whole')
  await stage.connector.started(consumerTransferId)
  const [job] = await stage.store.listJobs({ assetId: 'whole', limit: 1 })
  await eventually('its slot to be free', async () => {
    const removed = (await stage.store.job(job?.id ?? ''))?.value.attempts[0]?.removed
    return removed === true ? { done: true } : { pending: 'its objects are there' }
  })

  const well = await dsc('check', '--digests', '--connectors')
  t.is(well.code, 0, well.stderr)
  t.regex(well.stdout, /^nothing was found; looked at 1 jobs, 1 transfers, 1 results, .* 1 transfer processes\n$/)

  await stage.objects.put('jobs/nobody/attempts/1/files/a.txt', 'a', 'text/plain')
  const [found, shown] = await Promise.all([dsc('check', '--json'), dsc('check')])
  t.is(found.code, 1, found.stderr)
  const report = reportSchema.parse(JSON.parse(found.stdout))
  t.false(report.ok)
  t.deepEqual(
    report.findings.map(({ rule, about }) => [rule, about]),
    [['left-in-store', 'jobs/nobody/']],
  )
  t.is(shown.code, 1)
  t.regex(
    shown.stdout,
    /^1 findings; [^]*\nleft-in-store: nothing lies in the object store but[^]*no such job is on record[^]*Remove it by hand/,
  )
})
