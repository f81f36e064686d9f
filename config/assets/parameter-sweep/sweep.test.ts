import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { parse } from 'dotenv'
import { parse as parseYaml } from 'yaml'
import { readAsset } from '../../../core/asset/read.ts'
import { collidingPath, pathProblem } from '../../../core/result/paths.ts'

const here = import.meta.dirname
const defaults = parse(await readFile(join(here, 'parameter-sweep.env')))
const house = await readFile(join(here, 'house.csv'), 'utf8')
/** The largest sweep there is, with sizes that are not round. */
const largest = {
  ...defaults,
  PANELS_TO: '50',
  PANELS_SIZES: '20',
  BATTERY_FROM: '0.3',
  BATTERY_TO: '100',
  BATTERY_SIZES: '20',
}

type Ended = { code: unknown; stdout: string; stderr: string }
type Point = {
  panelsKwp: number
  batteryKwh: number
  file: string
  costEurPerYear: number
  selfSufficiency: number
  ownUse: number | null
  producedKwh: number
  soldKwh: number
  boughtKwh: number
}
type Summary = { seed: number; loadKwh: number; cheapest: Point; points: Point[] }

/** Runs a program with nothing in its environment but what it is given. */
async function node(script: string, env: Record<string, string>): Promise<Ended> {
  return await new Promise((resolve) => {
    execFile(process.execPath, [join(here, script)], { env }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr })
    })
  })
}

/** Runs the worker on the bundled house, or on `house`; `read` gives one of its outputs. */
async function run(t: ExecutionContext, env: Record<string, string>, data?: { house: string }) {
  const directory = await mkdtemp(join(tmpdir(), 'parameter-sweep-'))
  t.teardown(() => rm(directory, { recursive: true }))
  if (data !== undefined) await writeFile(join(directory, 'house.csv'), data.house)
  const out = join(directory, 'out')
  const inputDirectory = data === undefined ? here : directory
  const ended = await node('sweep.mjs', { INPUT_DIR: inputDirectory, OUTPUT_DIR: out, ...env })
  return { ...ended, out, read: (file: string) => readFile(join(out, file), 'utf8') }
}

/** Runs the worker and expects a result. */
async function sweep(t: ExecutionContext, env: Record<string, string>, data?: { house: string }) {
  const { code, stdout, stderr, out, read } = await run(t, env, data)
  t.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  const summary: Summary = JSON.parse(await read('summary.json'))
  const files = await readdir(join(out, 'points'))
  return { stdout, out, read, summary, files: files.toSorted(), report: await read('report.html') }
}

const lines = (text: string) => text.trimEnd().split('\n')
const near = (value: number, expected: number) => Math.abs(value - expected) < 0.01
const count = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].length
const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)

/** As t.regex and t.notRegex, without printing a whole report where it fails. */
const says = (t: ExecutionContext, report: string, pattern: RegExp) =>
  t.true(pattern.test(report), `not there: ${pattern}`)
const saysNot = (t: ExecutionContext, report: string, pattern: RegExp) =>
  t.is(pattern.exec(report)?.[0], undefined, `there: ${pattern}`)

/** A house that uses the same in every hour; `sun` says what it gets under a clear sky. */
const evenHouse = (load: number, sun: (hour: number) => number) => {
  const rows = Array.from({ length: 12 * 24 }, (_, i) => [Math.floor(i / 24) + 1, i % 24, load, sun(i % 24)].join(','))
  return `${['month,hour,load_kwh,clear_sky_kwh', ...rows].join('\n')}\n`
}

test('asset.yaml and the dotenv file can be registered, and every parameter has a default', async (t) => {
  const document: unknown = parseYaml(await readFile(join(here, 'asset.yaml'), 'utf8'))
  const dotenv = await readFile(join(here, 'parameter-sweep.env'), 'utf8')
  const read = readAsset(document, dotenv, { allowTags: true })
  t.deepEqual(
    read.parameters.names.filter((name) => !(name in read.dotenv)),
    [],
  )
  t.deepEqual(read.dotenv, defaults)
  const parameters = Object.fromEntries(read.parameters.names.map((name) => [name, defaults[name]]))
  t.deepEqual(read.parameters.check(parameters), { ok: true, environment: parameters }, 'the defaults fit the schema')
})

test('the Dockerfile takes every part of the worker along', async (t) => {
  const dockerfile = await readFile(join(here, 'Dockerfile'), 'utf8')
  const parts = (await readdir(here)).filter((file) => file.endsWith('.mjs') && file !== 'generate-house.mjs')
  t.deepEqual(/^COPY (.*\.mjs) \/app\/$/m.exec(dockerfile)?.[1]?.split(' ').toSorted(), parts.toSorted())
  t.regex(dockerfile, /^COPY report \/app\/report$/m)
})

test('house.csv is what generate-house.mjs writes', async (t) => {
  const { stdout } = await node('generate-house.mjs', {})
  t.is(stdout, house)
})

test('the defaults give a file for each point, a summary and a report', async (t) => {
  const { stdout, summary, files, out } = await sweep(t, defaults)
  t.deepEqual((await readdir(out)).toSorted(), ['points', 'report.html', 'summary.json'])
  t.is(files.length, 72)
  t.deepEqual(files.slice(0, 2), ['panels=00.0_battery=00.csv', 'panels=00.0_battery=02.csv'])
  t.is(files.at(-1), 'panels=12.0_battery=14.csv')
  t.deepEqual(
    summary.points.map(({ file }) => file),
    files.map((file) => `points/${file}`),
    'in one order by name and by size',
  )
  t.deepEqual(
    summary.cheapest,
    {
      panelsKwp: 7.5,
      batteryKwh: 4,
      file: 'points/panels=07.5_battery=04.csv',
      costEurPerYear: 1114.66,
      selfSufficiency: 0.6094,
      ownUse: 0.4135,
      producedKwh: 7323.97,
      soldKwh: 4295.366,
      boughtKwh: 1876.062,
    },
    'the same on every machine',
  )
  t.is(summary.cheapest.costEurPerYear, Math.min(...summary.points.map(({ costEurPerYear }) => costEurPerYear)))
  t.is(lines(stdout).length, 10)
  t.is(lines(stdout).at(-1), '72 points; cheapest of all: panels of 7.5 kWp with a battery of 4 kWh, 1115 EUR a year')
})

test('two runs write the same bytes', async (t) => {
  const env = { ...defaults, PANELS_SIZES: '3', BATTERY_SIZES: '3' }
  const [first, second] = await Promise.all([sweep(t, env), sweep(t, env)])
  t.deepEqual(first.files, second.files)
  const files = [...first.files.map((file) => `points/${file}`), 'summary.json', 'report.html']
  for (const file of files) t.is(await first.read(file), await second.read(file))
})

test('another seed draws other weather, the same for all points', async (t) => {
  const few = { ...defaults, PANELS_FROM: '2', PANELS_SIZES: '2', BATTERY_SIZES: '2' }
  const one = await sweep(t, few)
  const other = await sweep(t, { ...few, SEED: '4294967295' })
  t.is(other.summary.seed, 4_294_967_295)
  t.notDeepEqual(one.summary.points, other.summary.points)
  for (const { points } of [one.summary, other.summary]) {
    const perPanels = points.map(({ producedKwh, panelsKwp }) => producedKwh / panelsKwp)
    t.true(perPanels.every((produced) => near(produced, perPanels[0] ?? 0)))
  }
})

test('the largest sweep has 400 files with names that any result may have', async (t) => {
  const { summary, files } = await sweep(t, largest)
  t.is(files.length, 400)
  t.deepEqual(
    files.map((file) => pathProblem(`points/${file}`)).filter((problem) => problem !== undefined),
    [],
  )
  t.is(collidingPath(files), undefined)
  t.deepEqual(
    summary.points.map(({ file }) => file),
    files.map((file) => `points/${file}`),
    'in one order by name and by size',
  )
  const second = summary.points[21]
  t.like(second, { panelsKwp: 2.632, batteryKwh: 5.547, file: 'points/panels=02.632_battery=005.547.csv' })
})

test('the largest sweep stays within the limits of the asset', async (t) => {
  const { out, files } = await sweep(t, largest)
  const { asset } = readAsset(
    parseYaml(await readFile(join(here, 'asset.yaml'), 'utf8')),
    await readFile(join(here, 'parameter-sweep.env'), 'utf8'),
    { allowTags: true },
  )
  const all = ['summary.json', 'report.html', ...files.map((file) => join('points', file))]
  const bytes = sum(await Promise.all(all.map(async (file) => (await readFile(join(out, file))).byteLength)))
  t.true(bytes < asset.limits.outputBytes / 2, `${bytes} bytes`)
})

test('in every month of every point no energy is lost, and the months make up the year', async (t) => {
  const { summary, read } = await sweep(t, { ...defaults, PANELS_SIZES: '4', BATTERY_SIZES: '3' })
  const header = 'month,load_kwh,produced_kwh,direct_kwh,into_battery_kwh,from_battery_kwh,sold_kwh,bought_kwh'
  for (const point of summary.points) {
    const [first, ...rows] = lines(await read(point.file))
    t.is(first, header)
    const months = rows.map((row) => row.split(',').map(Number))
    t.deepEqual(
      months.map(([month]) => month),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    )
    for (const [
      ,
      load = NaN,
      produced = NaN,
      direct = NaN,
      into = NaN,
      from = NaN,
      sold = NaN,
      bought = NaN,
    ] of months) {
      t.true(near(produced, direct + into + sold))
      t.true(near(load, direct + from + bought))
    }
    const year = (column: number) => sum(months.map((month) => month[column] ?? NaN))
    t.true(near(year(1), summary.loadKwh))
    t.true(near(year(7), point.boughtKwh))
    // What is still in the battery when the year ends did not come out; the rest came out but for a tenth.
    const left = year(4) * 0.9 - year(5)
    t.true(left > -0.01 && left < point.batteryKwh + 0.01, `${point.file}: ${left}`)
  }
})

test('the model does what can be worked out by hand', async (t) => {
  // 0.4 to 0.6 kWh in every hour, and at noon far more sun than the house can use or a battery can take in an hour.
  const data = { house: evenHouse(0.5, (hour) => (hour === 12 ? 100 : 0)) }
  const env = {
    ...defaults,
    PANELS_FROM: '0',
    PANELS_TO: '1',
    PANELS_SIZES: '2',
    BATTERY_FROM: '0',
    BATTERY_TO: '4',
    BATTERY_SIZES: '2',
  }
  const prices = { BUY_PRICE: '0.5', SELL_PRICE: '0.1', PANELS_COST: '7', BATTERY_COST: '3' }
  const { summary } = await sweep(t, { ...env, ...prices }, data)
  const [nothing, battery, panels, both] = summary.points
  if (!nothing || !battery || !panels || !both) return t.fail('four points')

  t.true(near(nothing.boughtKwh, summary.loadKwh))
  t.true(near(nothing.costEurPerYear, summary.loadKwh * 0.5))
  t.like(nothing, { selfSufficiency: 0, ownUse: null, producedKwh: 0, soldKwh: 0 })
  t.true(near(battery.costEurPerYear, nothing.costEurPerYear + 4 * 3), 'a battery without panels does nothing but cost')
  t.true(near(panels.boughtKwh, (summary.loadKwh * 23) / 24), 'without a battery the sun serves one hour of 24')
  t.true(near(panels.costEurPerYear, panels.boughtKwh * 0.5 - panels.soldKwh * 0.1 + 7))
  // Half the size in the hour of noon, of which nine tenths come out again: 1.8 kWh each day, less the last evening.
  const fromBattery = panels.boughtKwh - both.boughtKwh
  t.true(near(fromBattery, 365 * 1.8), `${fromBattery}`)
  t.true(near(panels.soldKwh - both.soldKwh, 365 * 2))
  return undefined
})

test('the report is one page that loads nothing and runs nothing', async (t) => {
  const { report, summary } = await sweep(t, defaults)
  says(t, report, /^<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">/)
  says(t, report, /<title>[^<]+<\/title>/)
  says(t, report, /@media \(prefers-color-scheme: dark\)/)
  saysNot(t, report, /<script|<link|<img|<iframe|<object|\son[a-z]+=|javascript:|https?:|@import|url\(|\ssrc=/i)
  t.deepEqual(
    [...report.matchAll(/ href="([^"]*)"/g)].map(([, link]) => link),
    summary.points.map(({ file }) => file),
    'the only links are those to the files of the points',
  )
})

test('the report says everything in words and numbers, too', async (t) => {
  const { report, summary } = await sweep(t, defaults)
  t.is(count(report, /<h1>/g), 1)
  t.is(count(report, /<svg /g), 4)
  t.is(
    count(
      report,
      /<svg [^>]*role="img" aria-labelledby="(\S+)-title \1-summary">\n<title id="\1-title">[^<]+<\/title>\n<desc id="\1-summary">[^<]+<\/desc>/g,
    ),
    4,
  )
  const ids = [...report.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)
  t.is(new Set(ids).size, ids.length, 'no id stands twice')
  for (const [, names = ''] of report.matchAll(/ aria-(?:labelledby|describedby)="([^"]*)"/g)) {
    for (const name of names.split(' ')) t.true(ids.includes(name), `nothing has the id ${name}`)
  }
  t.is(count(report, /<tr( class="best")?><th scope="row">[\d.]+<\/th><td>/g), summary.points.length)
  t.is(count(report, /<tr class="best">/g), 1)
  says(t, report, /<tr class="best"><th scope="row">7\.5<\/th><td>4<\/td><td>1,115<\/td><td>61\u00a0%<\/td>/)
  says(t, report, /422 EUR less than 1,537 with the grid alone/)
})

const sweeps = {
  'the least sweep': { ...defaults, PANELS_SIZES: '2', BATTERY_SIZES: '2' },
  'the largest sweep': largest,
  'sizes close together': { ...defaults, PANELS_FROM: '2', PANELS_TO: '2.01', PANELS_SIZES: '2' },
  'costs below nothing': { ...defaults, SELL_PRICE: '10', PANELS_TO: '50' },
  'costs of millions': { ...defaults, PANELS_COST: '10000', BATTERY_COST: '1e4', BATTERY_TO: '100' },
  'nothing costs anything': { ...defaults, BUY_PRICE: '0', SELL_PRICE: '0', PANELS_COST: '0', BATTERY_COST: '0' },
}

for (const [what, env] of Object.entries(sweeps)) {
  test(`the report of ${what} is whole`, async (t) => {
    const { report } = await sweep(t, env)
    saysNot(t, report, /NaN|Infinity|undefined|null|>-0(?![.\d,])|\[object/)
    t.is(firstWrongTag(report), undefined)
  })
}

/** Finds a tag that is not closed, or closed and not open. */
function firstWrongTag(html: string): string | undefined {
  const empty = new Set(['meta', 'br'])
  const open: string[] = []
  for (const [tag, closing, name = '', selfClosing] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*?(\/?)>/gi)) {
    if (closing === '/') {
      if (open.pop() !== name) return tag
    } else if (selfClosing === '' && !empty.has(name)) open.push(name)
  }
  return open.at(-1)
}

test('a house without any sun gets a report, and no panels', async (t) => {
  const { summary, report } = await sweep(t, defaults, { house: evenHouse(0.5, () => 0) })
  t.like(summary.cheapest, { panelsKwp: 0, batteryKwh: 0 })
  says(t, report, /<dd>No panels <span class="beside">without a battery</)
  saysNot(t, report, /NaN|Infinity|undefined|a wider sweep/)
})

test('the report warns where the cheapest point lies on the edge of the sweep', async (t) => {
  const inside = await sweep(t, defaults)
  saysNot(t, inside.report, /a wider sweep/)
  const upper = await sweep(t, { ...defaults, PANELS_TO: '3', BATTERY_TO: '1' })
  says(t, upper.report, /has the largest panels and the largest battery of the sweep: a wider sweep may find/)
  const lower = await sweep(t, { ...defaults, PANELS_FROM: '10', BATTERY_FROM: '12', PANELS_COST: '200' })
  says(t, lower.report, /has the smallest panels and the smallest battery of the sweep/)
})

test('a range that is none ends with 2, and leaves nothing', async (t) => {
  const { code, stdout, stderr, out } = await run(t, { ...defaults, PANELS_FROM: '12', BATTERY_FROM: '15' })
  t.is(code, 2)
  t.is(stdout, '')
  t.deepEqual(lines(stderr), [
    'parameter-sweep: PANELS_FROM must be below PANELS_TO, but 12 is not below 12',
    'parameter-sweep: BATTERY_FROM must be below BATTERY_TO, but 15 is not below 14',
  ])
  await t.throwsAsync(readdir(out), { code: 'ENOENT' })
})

test('sizes that lie too close together end with 2', async (t) => {
  const { code, stderr } = await run(t, { ...defaults, BATTERY_FROM: '4', BATTERY_TO: '4.1', BATTERY_SIZES: '20' })
  t.is(code, 2)
  t.is(
    stderr,
    'parameter-sweep: BATTERY_SIZES: 20 sizes from 4 to 4.1 lie closer together than 0.01; take fewer, or a wider range\n',
  )
})

test('every wrong setting is named, and the exit code is 2', async (t) => {
  const { BUY_PRICE: _, ...rest } = defaults
  const wrong = { OUTPUT_DIR: '', PANELS_FROM: '-1', PANELS_SIZES: '21', BATTERY_TO: '1e3', SEED: '1.5' }
  const { code, stderr } = await run(t, { ...rest, ...wrong, SELL_PRICE: 'cheap' })
  t.is(code, 2)
  t.deepEqual(lines(stderr), [
    'parameter-sweep: OUTPUT_DIR is not set',
    'parameter-sweep: PANELS_FROM must be a number from 0 to 50, not "-1"',
    'parameter-sweep: PANELS_SIZES must be a whole number from 2 to 20, not "21"',
    'parameter-sweep: BATTERY_TO must be a number from 0 to 100, not "1e3"',
    'parameter-sweep: SEED must be a whole number from 0 to 4294967295, not "1.5"',
    'parameter-sweep: BUY_PRICE is not set',
    'parameter-sweep: SELL_PRICE must be a number from 0 to 10, not "cheap"',
  ])
})

const unusable = {
  'another first line': [house.replace('load_kwh', 'load'), /house\.csv: line 1: must be "month,hour,load_kwh,clear_/],
  'a missing hour': [house.replace(/\n12,23.*/, ''), /house\.csv: 287 lines after the first; 12 months of 24 hours/],
  'hours out of order': [house.replace('\n1,2,', '\n1,3,'), /house\.csv: line 4: must begin with 1,2,/],
  'no number': [house.replace(/\n1,1,[^,]*/, '\n1,1,much'), /line 3: load_kwh is "much", not a number from 0/],
  'a negative number': [house.replace(/\n1,1,(.*),.*/, '\n1,1,$1,-1'), /line 3: clear_sky_kwh is "-1", not a number/],
  'a missing value': [house.replace(/\n1,1,(.*),.*/, '\n1,1,$1'), /line 3: clear_sky_kwh is missing/],
  'a value too many': [house.replace(/\n1,1,.*/, '$&,5'), /line 3: more than 4 values/],
  'no use of energy': [evenHouse(0, () => 1), /house\.csv: the house uses no energy at all/],
  'nothing in it': ['', /house\.csv: line 1: must be/],
} as const

for (const [what, [text, message]] of Object.entries(unusable)) {
  test(`a house with ${what} ends with 1`, async (t) => {
    const { code, stderr } = await run(t, defaults, { house: text })
    t.is(code, 1)
    t.regex(stderr, message)
  })
}

test('a house that is not there ends with 1', async (t) => {
  const { code, stderr } = await run(t, { ...defaults, INPUT_DIR: join(here, 'absent') })
  t.is(code, 1)
  t.regex(stderr, /^parameter-sweep: cannot use .*house\.csv: ENOENT/)
})
