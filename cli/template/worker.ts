/** worker.mjs of a new asset. */
export const workerProgram = String.raw`// Reads the numbers of INPUT_DIR/numbers.txt, one a line, and writes OUTPUT_DIR/summary.json.
//
// A worker sees its environment, its inputs (to read) and OUTPUT_DIR (to write), nothing else. It ends with 0 where the
// outputs are written. What it prints is its log; the last lines explain a failure.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const { INPUT_DIR, OUTPUT_DIR, PERCENTILE } = process.env

function fail(message) {
  console.error(message)
  process.exit(1)
}

function readNumbers(file) {
  const numbers = []
  for (const [index, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    const text = line.trim()
    if (text === '' || text.startsWith('#')) continue
    const number = Number(text)
    if (!Number.isFinite(number)) fail('numbers.txt line ' + (index + 1) + ': ' + JSON.stringify(text) + ' is no number')
    numbers.push(number)
  }
  return numbers
}

/** The smallest number that at least so many percent of all are not greater than (nearest rank). */
function percentileOf(sorted, percent) {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]
}

const percentile = Number(PERCENTILE || 'missing')
if (!(percentile >= 0 && percentile <= 100)) fail('PERCENTILE must be a number from 0 to 100, not ' + PERCENTILE)

const numbers = readNumbers(join(INPUT_DIR, 'numbers.txt')).sort((a, b) => a - b)
if (numbers.length === 0) fail('numbers.txt holds no number')

const summary = {
  count: numbers.length,
  minimum: numbers[0],
  maximum: numbers[numbers.length - 1],
  mean: numbers.reduce((sum, number) => sum + number, 0) / numbers.length,
  percentile: { percent: percentile, value: percentileOf(numbers, percentile) },
}
writeFileSync(join(OUTPUT_DIR, 'summary.json'), JSON.stringify(summary, null, 2) + '\n')
console.log(numbers.length + ' numbers summarised in summary.json')
`
