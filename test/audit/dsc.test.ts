import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { runDsc } from '../cli/run-dsc.ts'
import { computeAsset, register } from '../http/forms.ts'
import { type Stage, startStage, writeWorker } from '../http/stage.ts'
import { eventually } from '../support/eventually.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

let stage: Stage
let jobId: string

test.before(async () => {
  stage = await startStage()
  const write = `import { writeFileSync } from 'node:fs'\nwriteFileSync(process.env.OUTPUT_DIR + '/sum.txt', '12345')`
  await writeWorker(stage, 'good', write)
  await register(stage.adminUrl, { asset: computeAsset('good') })
  const { providerTransferId } = stage.connector.request('good')
  jobId = await eventually('the end of the job', async () => {
    const [transfer] = await stage.store.transfersOfProcess('provider', providerTransferId)
    const job = transfer === undefined ? undefined : (await stage.store.job(transfer.jobId))?.value
    return job?.state === 'succeeded' && job.attempts.every(({ removed }) => removed)
      ? { done: job.id }
      : { pending: String(job?.state) }
  })
})
test.after.always(() => stage.close())

const dsc = (...parameters: string[]) => runDsc(parameters, { environment: { DSC_ADMIN_URL: stage.adminUrl } })

test.serial('dsc audit list shows who did what', async (t) => {
  const { code, stdout } = await dsc('audit', 'list', '--object', jobId)
  t.is(code, 0)
  t.regex(stdout, /^ *NUMBER +TIME +ACTION +OUTCOME +WHO +WHAT +DETAIL\n/)
  t.regex(stdout, /transfer\.accepted +done +connector provider/)
  const json = JSON.parse((await dsc('audit', 'list', '--json', '--limit', '1')).stdout) as { entries: unknown[] }
  t.is(json.entries.length, 1)
  t.is((await dsc('audit', 'list', '--action', 'nothing')).code, 4)
})

test.serial('an export is checked without the service, and a line that was changed is found', async (t) => {
  const file = join(await temporaryFolder(t), 'audit.ndjson')
  const exported = await dsc('audit', 'export')
  t.is(exported.code, 0)
  await writeFile(file, exported.stdout)
  const good = await dsc('audit', 'verify', '--file', file)
  t.is(good.code, 0, good.stderr)
  t.regex(good.stdout, /^The audit log is intact: \d+ entries checked/)
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
  await writeFile(file, lines.slice(3).join('\n'))
  t.is((await dsc('audit', 'verify', '--file', file)).code, 0, 'a part of a log is one, too')
  await writeFile(file, lines.with(2, (lines[2] ?? '').replace('"done"', '"failed"')).join('\n'))
  const bad = await dsc('audit', 'verify', '--file', file)
  t.is(bad.code, 1)
  t.regex(bad.stdout, /^The audit log was changed: the hash of entry 3 /)
  await writeFile(file, 'nonsense\n')
  t.is((await dsc('audit', 'verify', '--file', file)).code, 4)
  t.is((await dsc('audit', 'verify', '--file', `${file}.not`)).code, 3)
})

test.serial('dsc audit verify has the service check its log', async (t) => {
  const { code, stdout } = await dsc('audit', 'verify')
  t.is(code, 0)
  t.regex(stdout, /intact.*\nIt ends with entry \d+, hash [0-9a-f]{64}\n$/)
})

test.serial('dsc usage sums up, and prints the records', async (t) => {
  const { code, stdout } = await dsc('usage', '--by', 'asset')
  t.is(code, 0)
  t.regex(stdout, /^ASSET +SUCCEEDED .*DELIVERED\ngood +1 +0 +0 /)
  const records = (await dsc('usage', '--records')).stdout.trimEnd().split('\n')
  t.deepEqual(records.map((line) => (JSON.parse(line) as { kind: string }).kind).toSorted(), ['attempt', 'job'])
})

test.serial('dsc job remove-result removes it, once', async (t) => {
  const removed = await dsc('job', 'remove-result', jobId, '--reason', 'asked for')
  t.is(removed.code, 0, removed.stderr)
  t.is(removed.stdout, 'The result is gone.\n')
  t.not((await dsc('job', 'remove-result', jobId)).code, 0)
  t.regex((await dsc('audit', 'list', '--action', 'result.removed')).stdout, /objects=2 bytes=\d+ uploads=0 left=0/)
})
