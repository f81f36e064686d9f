import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { templateFiles } from './files.ts'
import { idFromFolder, isAssetId, titleFromId } from './names.ts'

/** Runs the worker of a new asset as a backend would. */
async function run(
  t: ExecutionContext,
  numbers: string,
  environment: Readonly<Record<string, string>>,
): Promise<unknown> {
  const folder = await temporaryFolder(t)
  const output = join(folder, 'output')
  await mkdir(output)
  await writeFile(join(folder, 'worker.mjs'), templateFiles({ id: 'sum', title: 'Sum' }).get('worker.mjs') ?? '')
  await writeFile(join(folder, 'numbers.txt'), numbers)
  await promisify(execFile)(process.execPath, [join(folder, 'worker.mjs')], {
    env: { ...environment, INPUT_DIR: folder, OUTPUT_DIR: output },
  })
  return JSON.parse(await readFile(join(output, 'summary.json'), 'utf8'))
}

test('the worker summarises its numbers', async (t) => {
  t.deepEqual(await run(t, '# some\n5\n-1.5\n\n4\n2.5\n', { PERCENTILE: '50' }), {
    count: 4,
    minimum: -1.5,
    maximum: 5,
    mean: 2.5,
    percentile: { percent: 50, value: 2.5 },
  })
  t.like(await run(t, '1\n2\n3\n', { PERCENTILE: '0' }), { percentile: { percent: 0, value: 1 } })
  t.like(await run(t, '1\n2\n3\n', { PERCENTILE: '100' }), { percentile: { percent: 100, value: 3 } })
})

test('the worker fails with a reason', async (t) => {
  await t.throwsAsync(run(t, '1\nx\n', { PERCENTILE: '50' }), { message: /numbers\.txt line 2: "x" is no number/ })
  await t.throwsAsync(run(t, '\n', { PERCENTILE: '50' }), { message: /holds no number/ })
  await t.throwsAsync(run(t, '1\n', {}), { message: /PERCENTILE must be a number from 0 to 100, not undefined/ })
  await t.throwsAsync(run(t, '1\n', { PERCENTILE: '101' }), { message: /not 101/ })
})

test('ids follow from folders', (t) => {
  t.is(idFromFolder('/tmp/Mean Temperature (2)'), 'mean-temperature-2')
  t.is(idFromFolder('./Prüfung/'), 'prufung')
  t.is(idFromFolder('/tmp/計算'), undefined)
  t.is(idFromFolder(`/tmp/${'a'.repeat(60)}`), 'a'.repeat(50))
  t.true(isAssetId('a'))
  t.false(isAssetId('-a'))
  t.is(titleFromId('mean-temperature'), 'Mean temperature')
})
