import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { parse } from 'dotenv'
import { parse as parseYaml } from 'yaml'
import { readAsset } from '../../../core/asset/read.ts'

const here = import.meta.dirname
const defaults = { TARGET: 'energy_kwh', ...parse(await readFile(join(here, 'linear-regression.env'))) }

type Ended = { code: unknown; stdout: string; stderr: string }

/** Runs a program with nothing in its environment but what it is given. */
async function node(script: string, env: Record<string, string>): Promise<Ended> {
  return await new Promise((resolve) => {
    execFile(process.execPath, [join(here, script)], { env }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr })
    })
  })
}

/** Runs the worker on the bundled data, or on `data`; `read` gives one of its outputs. */
async function run(t: ExecutionContext, env: Record<string, string>, { data }: { data?: string } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'linear-regression-'))
  t.teardown(() => rm(directory, { recursive: true }))
  if (data !== undefined) await writeFile(join(directory, 'data.csv'), data)
  const inputDirectory = data === undefined ? here : directory
  const out = join(directory, 'out')
  const ended = await node('train.mjs', { INPUT_DIR: inputDirectory, OUTPUT_DIR: out, ...env })
  return { ...ended, out, read: (file: string) => readFile(join(out, file), 'utf8') }
}

const near = (value: number, expected: number, tolerance: number) => Math.abs(value - expected) < tolerance
const lines = (text: string) => text.trimEnd().split('\n')

test('asset.yaml and the dotenv file can be registered, and every parameter has a default', async (t) => {
  const document: unknown = parseYaml(await readFile(join(here, 'asset.yaml'), 'utf8'))
  const dotenv = await readFile(join(here, 'linear-regression.env'), 'utf8')
  const read = readAsset(document, dotenv, { allowTags: true })
  t.deepEqual(
    read.parameters.names.filter((name) => !(name in read.dotenv)),
    [],
  )
  t.deepEqual({ ...read.asset.worker.env, ...read.dotenv }, defaults)
})

test('data.csv is what generate-data.mjs writes', async (t) => {
  const { stdout } = await node('generate-data.mjs', {})
  t.is(stdout, await readFile(join(here, 'data.csv'), 'utf8'))
})

test('the bundled data with the defaults gives the rule behind the data', async (t) => {
  const { code, stderr, out, read } = await run(t, defaults)
  t.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  t.deepEqual((await readdir(out, { recursive: true })).toSorted(), [
    'metrics.csv',
    'model.json',
    'plots',
    join('plots', 'loss.svg'),
  ])

  const model = JSON.parse(await read('model.json'))
  t.like(model, { target: 'energy_kwh', epochs: 500, learningRate: 0.1, rows: 120 })
  t.true(near(model.weights.pieces, 0.12, 0.02), `pieces: ${model.weights.pieces}`)
  t.true(near(model.weights.machine_hours, 9, 1), `machine_hours: ${model.weights.machine_hours}`)
  t.true(near(model.weights.outside_celsius, -1.5, 0.1), `outside_celsius: ${model.weights.outside_celsius}`)
  t.is(model.loss, 51.759993468084645, 'the same to the last digit on every machine')
})

test('two runs write the same bytes', async (t) => {
  const [first, second] = await Promise.all([run(t, defaults), run(t, defaults)])
  for (const file of ['model.json', 'metrics.csv', 'plots/loss.svg'])
    t.is(await first.read(file), await second.read(file))
})

test('EPOCHS and LEARNING_RATE are honoured, and the loss falls with every epoch', async (t) => {
  const { stdout, read } = await run(t, { ...defaults, EPOCHS: '12', LEARNING_RATE: '5e-2' })
  t.like(JSON.parse(await read('model.json')), { epochs: 12, learningRate: 0.05 })
  t.deepEqual(
    lines(stdout).map((line) => line.replace(/ loss .*/, '')),
    ['epoch 1', 'epoch 2', 'epoch 5', 'epoch 10', 'epoch 12'],
  )
  const [header, ...rows] = lines(await read('metrics.csv'))
  t.is(header, 'epoch,loss')
  t.deepEqual(
    rows.map((row) => Number(row.split(',')[0])),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  )
  const losses = rows.map((row) => Number(row.split(',')[1]))
  t.deepEqual(
    losses,
    losses.toSorted((a, b) => b - a),
  )
})

test('a long training says little and draws a small picture', async (t) => {
  const { code, stdout, read } = await run(t, { ...defaults, EPOCHS: '100000' })
  t.is(code, 0)
  t.is(lines(stdout).length, 16)
  t.is(
    lines(await read('metrics.csv'))
      .at(-1)
      ?.split(',')[0],
    '100000',
  )
  t.true((await read('plots/loss.svg')).length < 20_000)
})

test('the picture tells the result, also where a logarithm has trouble', async (t) => {
  const data = 'a<b,y\n1,2\n2,4\n3,6\n'
  const { read } = await run(t, { TARGET: 'y', EPOCHS: '1', LEARNING_RATE: '0.1' }, { data })
  const short = await read('plots/loss.svg')
  t.regex(short, /^<svg [^>]*>/)
  t.regex(short, /Mean squared error of y: from 18\.67 to [\d.]+ in 1 epoch at learning rate 0\.1</)

  const perfect = await run(t, { TARGET: 'a<b', EPOCHS: '5', LEARNING_RATE: '1' }, { data: 'a<b,y\n0,1\n0,2\n' })
  t.is(perfect.code, 0, perfect.stderr)
  const flat = await perfect.read('plots/loss.svg')
  t.regex(flat, /error of a&lt;b: from 0 to 0 in 5 epochs/)
  for (const picture of [short, flat]) t.notRegex(picture, /NaN|Infinity|undefined/)
})

test('a training that diverges ends with 3 and leaves no model', async (t) => {
  const { code, stdout, stderr, read } = await run(t, { ...defaults, LEARNING_RATE: '1' })
  t.is(code, 3)
  t.regex(stdout, /^epoch 1 loss \d/)
  t.deepEqual(lines(stderr), [
    'linear-regression: the training diverges: epoch 1 raised the loss from 33506 to 57076',
    'linear-regression: LEARNING_RATE=1 is too large for this data; set a smaller one',
  ])
  await t.throwsAsync(read('model.json'), { code: 'ENOENT' })
})

test('every wrong setting is named, and the exit code is 2', async (t) => {
  const { code, stderr } = await run(t, { EPOCHS: '0', LEARNING_RATE: '0x1' })
  t.is(code, 2)
  t.deepEqual(lines(stderr), [
    'linear-regression: TARGET is not set',
    'linear-regression: EPOCHS must be a whole number from 1 to 100000, not "0"',
    'linear-regression: LEARNING_RATE must be a number above 0 and at most 10, not "0x1"',
  ])
})

test('a target that is no column is a wrong setting', async (t) => {
  const { code, stderr } = await run(t, { ...defaults, TARGET: 'energy' })
  t.is(code, 2)
  t.regex(
    stderr,
    /TARGET must be a column of data\.csv \(pieces, machine_hours, outside_celsius, energy_kwh\), not "energy"/,
  )
})

const unusable = {
  'no number': ['energy_kwh,a\n1,2\n3,much\n', /data\.csv: line 3: a is "much", not a number/],
  'a missing value': ['energy_kwh,a\n1,\n3,4\n', /data\.csv: line 2: a is "", not a number/],
  'a short line': ['energy_kwh,a\n1,2\n3\n', /data\.csv: line 3: 1 values for 2 columns/],
  'two columns of one name': ['energy_kwh,a,a\n1,2,3\n', /data\.csv: line 1: every column needs a name of its own/],
  'one row': ['energy_kwh,a\n1,2\n', /data\.csv: at least two rows are needed/],
  'a constant column': ['energy_kwh,a\n1,2\n3,2\n', /column a of data\.csv has the same value in every row/],
  'nothing to learn from': ['energy_kwh\n1\n2\n', /data\.csv has no column besides energy_kwh/],
  'an empty file': ['', /data\.csv: line 1: every column needs a name of its own/],
} as const

for (const [what, [data, message]] of Object.entries(unusable)) {
  test(`data with ${what} ends with 1`, async (t) => {
    const { code, stderr } = await run(t, defaults, { data })
    t.is(code, 1)
    t.regex(stderr, message)
  })
}

test('data that is not there ends with 1', async (t) => {
  const { code, stderr } = await run(t, { ...defaults, INPUT_DIR: join(here, 'absent') })
  t.is(code, 1)
  t.regex(stderr, /^linear-regression: cannot use .*data\.csv: ENOENT/)
})
