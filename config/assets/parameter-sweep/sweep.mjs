/**
 * Finds out how many solar panels and how large a battery suit the house of INPUT_DIR/house.csv: it simulates a year for
 * every combination of two swept sizes. Writes a file for each point below OUTPUT_DIR/points, summary.json with all of
 * them and report.html with pictures, and a line for each size of panels to stdout.
 *
 * Settings come from the environment; README.md lists them. Exit codes: 0 all is written, 1 the house could not be read
 * or the result not be written, 2 a setting is missing or wrong (stderr names every one of them).
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from './failure.mjs'
import { readHouse } from './house.mjs'
import { cheapest, computePoints, monthsAsCsv } from './points.mjs'
import { writeReport } from './report/page.mjs'
import { readSettings } from './settings.mjs'
import { drawYear } from './weather.mjs'

/** What summary.json says of a point; energy to the watt-hour, money to the cent. */
function summaryOf({ panels, battery, file, year, cost, selfSufficiency, ownUse }) {
  return {
    panelsKwp: panels,
    batteryKwh: battery,
    file,
    costEurPerYear: rounded(cost, 2),
    selfSufficiency: rounded(selfSufficiency, 4),
    ownUse: ownUse === null ? null : rounded(ownUse, 4),
    producedKwh: rounded(year.produced, 3),
    soldKwh: rounded(year.sold, 3),
    boughtKwh: rounded(year.bought, 3),
  }
}

function rounded(value, decimals) {
  return Number(value.toFixed(decimals))
}

/** What it costs, for people. */
function inWords({ battery, cost }) {
  return `with a battery of ${battery} kWh, ${cost.toFixed(0)} EUR a year`
}

async function main() {
  const settings = readSettings(process.env)
  const house = await readHouse(join(settings.inputDirectory, 'house.csv'))
  const points = computePoints(settings, house, drawYear(settings.seed))
  const best = cheapest(points)
  for (const size of settings.panels) {
    const ofSize = points.filter(({ panels }) => panels === size)
    console.log(`panels of ${size} kWp: cheapest ${inWords(cheapest(ofSize))}`)
  }

  const out = (file) => join(settings.outputDirectory, file)
  await mkdir(out('points'), { recursive: true })
  for (const point of points) await writeFile(out(point.file), monthsAsCsv(point))
  const summary = {
    seed: settings.seed,
    prices: settings.prices,
    loadKwh: rounded(best.year.load, 3),
    cheapest: summaryOf(best),
    points: points.map(summaryOf),
  }
  await writeFile(out('summary.json'), `${JSON.stringify(summary, null, 2)}\n`)
  await writeFile(out('report.html'), writeReport({ settings, points }))
  console.log(`${points.length} points; cheapest of all: panels of ${best.panels} kWp ${inWords(best)}`)
}

try {
  await main()
} catch (error) {
  if (!(error instanceof Failure)) throw error // Node prints it with its stack and exits with 1
  for (const line of error.lines) console.error(`parameter-sweep: ${line}`)
  process.exitCode = error.exitCode
}
