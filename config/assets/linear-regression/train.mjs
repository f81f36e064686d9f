/**
 * Trains a linear model on INPUT_DIR/data.csv by gradient descent. Writes OUTPUT_DIR/model.json, metrics.csv and
 * plots/loss.svg, and a few lines of progress to stdout.
 *
 * Settings come from the environment; README.md lists them. Exit codes: 0 the model is written, 1 the data could not be
 * used or the model could not be written, 2 a setting is missing or wrong (stderr names every one of them), 3 the
 * training diverges. Only + − × ÷ and square roots touch the model, so it is the same to the last digit everywhere.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { drawLossPlot } from './loss-plot.mjs'

/** An expected end of this program: its lines go to stderr, its code is the exit code. */
class Failure extends Error {
  constructor(exitCode, lines, options) {
    super(lines.join('\n'), options)
    this.exitCode = exitCode
    this.lines = lines
  }
}

/** All settings, checked; throws one Failure that names every wrong one. */
function readSettings(env) {
  const problems = []

  const text = (name) => {
    const value = env[name]
    if (!value) problems.push(`${name} is not set`)
    return value ?? ''
  }
  const number = (name, pattern, isAllowed, rule) => {
    const value = text(name)
    const result = pattern.test(value) ? Number(value) : Number.NaN
    if (value && !isAllowed(result)) problems.push(`${name} must be ${rule}, not "${value}"`)
    return result
  }

  const settings = {
    inputDirectory: text('INPUT_DIR'),
    outputDirectory: text('OUTPUT_DIR'),
    target: text('TARGET'),
    epochs: number('EPOCHS', /^\d+$/, (n) => n >= 1 && n <= 100_000, 'a whole number from 1 to 100000'),
    learningRate: number(
      'LEARNING_RATE',
      /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i,
      (n) => n > 0 && n <= 10,
      'a number above 0 and at most 10',
    ),
  }
  if (problems.length > 0) throw new Failure(2, problems)
  return settings
}

/** A table of numbers: comma-separated, the first line names the columns, no quotes. */
async function readTable(file) {
  const unusable = (reason, cause) => new Failure(1, [`cannot use ${file}: ${reason}`], { cause })

  const content = await readFile(file, 'utf8').catch((error) => {
    throw unusable(error.message, error)
  })
  const [header, ...lines] = content.trimEnd().split(/\r?\n/)
  const columns = header.split(',').map((name) => name.trim())
  if (columns.includes('') || new Set(columns).size < columns.length) {
    throw unusable('line 1: every column needs a name of its own')
  }
  const rows = lines.map((line, index) => {
    const cells = line.split(',')
    if (cells.length !== columns.length) {
      throw unusable(`line ${index + 2}: ${cells.length} values for ${columns.length} columns`)
    }
    return cells.map((cell, column) => {
      const value = cell.trim() === '' ? Number.NaN : Number(cell)
      if (!Number.isFinite(value)) throw unusable(`line ${index + 2}: ${columns[column]} is "${cell}", not a number`)
      return value
    })
  })
  if (rows.length < 2) throw unusable('at least two rows are needed')
  return { columns, rows }
}

/** Splits the table into what predicts (standardised: mean 0, deviation 1) and what is predicted. */
function prepare({ columns, rows }, target) {
  const targetIndex = columns.indexOf(target)
  if (targetIndex === -1) {
    throw new Failure(2, [`TARGET must be a column of data.csv (${columns.join(', ')}), not "${target}"`])
  }
  const features = columns
    .map((name, index) => ({ name, values: rows.map((row) => row[index]) }))
    .filter(({ name }) => name !== target)
    .map(standardise)
  if (features.length === 0) throw new Failure(1, [`data.csv has no column besides ${target}`])
  return { features, targets: rows.map((row) => row[targetIndex]) }
}

function standardise({ name, values }) {
  if (values.every((value) => value === values[0])) {
    throw new Failure(1, [`column ${name} of data.csv has the same value in every row; remove it`])
  }
  const mean = average(values)
  const deviation = Math.sqrt(average(values.map((value) => (value - mean) * (value - mean))))
  return { name, mean, deviation, values: values.map((value) => (value - mean) / deviation) }
}

function average(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The mean squared error of a model, and its gradient. */
function evaluate({ features, targets }, { weights, bias }) {
  const errors = targets.map((target, row) => {
    let prediction = bias
    for (let i = 0; i < features.length; i += 1) prediction += weights[i] * features[i].values[row]
    return prediction - target
  })
  const slope = (values) => (2 * errors.reduce((sum, error, row) => sum + error * values[row], 0)) / errors.length
  return {
    loss: average(errors.map((error) => error * error)),
    weights: features.map((feature) => slope(feature.values)),
    bias: 2 * average(errors),
  }
}

/** Trains from zero. `onEpoch(epoch, loss)` sees every epoch; epoch 0 is the state before training. */
function train(data, { epochs, learningRate }, onEpoch) {
  let model = { weights: data.features.map(() => 0), bias: 0 }
  let step = evaluate(data, model)
  onEpoch(0, step.loss)
  // The loss is quadratic, so steps that are small enough never make it grow, except by rounding.
  const rounding = step.loss * 1e-9

  for (let epoch = 1; epoch <= epochs; epoch += 1) {
    const lossBefore = step.loss
    model = {
      weights: model.weights.map((weight, i) => weight - learningRate * step.weights[i]),
      bias: model.bias - learningRate * step.bias,
    }
    step = evaluate(data, model)
    onEpoch(epoch, step.loss)
    if (!(step.loss <= lossBefore + rounding)) {
      throw new Failure(3, [
        `the training diverges: epoch ${epoch} raised the loss from ${short(lossBefore)} to ${short(step.loss)}`,
        `LEARNING_RATE=${learningRate} is too large for this data; set a smaller one`,
      ])
    }
  }
  return { ...model, loss: step.loss }
}

/** The model in the units of the data: the standardisation is taken out again. */
function inOriginalUnits({ weights, bias }, features) {
  const original = features.map(({ name, deviation }, i) => [name, weights[i] / deviation])
  return {
    weights: Object.fromEntries(original),
    bias: features.reduce((rest, { mean }, i) => rest - original[i][1] * mean, bias),
  }
}

/** Epochs 1, 2, 5, 10, 20, 50, …: few lines, however long the training is. */
function isWorthALine(epoch) {
  return /^[125]0*$/.test(String(epoch))
}

function short(value) {
  return String(Number(value.toPrecision(5)))
}

async function main() {
  const settings = readSettings(process.env)
  const data = prepare(await readTable(join(settings.inputDirectory, 'data.csv')), settings.target)

  // About thirty points for each power of ten: enough for a smooth curve, and small after 100000 epochs too.
  const curve = []
  let nextPoint = 0
  const trained = train(data, settings, (epoch, loss) => {
    if (epoch >= nextPoint || epoch === settings.epochs) {
      curve.push({ epoch, loss })
      nextPoint = Math.max(epoch + 1, Math.ceil(epoch * 1.08))
    }
    if (isWorthALine(epoch) || epoch === settings.epochs) console.log(`epoch ${epoch} loss ${short(loss)}`)
  })

  const model = {
    target: settings.target,
    ...inOriginalUnits(trained, data.features),
    loss: trained.loss,
    epochs: settings.epochs,
    learningRate: settings.learningRate,
    rows: data.targets.length,
  }
  const metrics = ['epoch,loss', ...curve.map(({ epoch, loss }) => `${epoch},${loss}`)]
  await mkdir(join(settings.outputDirectory, 'plots'), { recursive: true })
  await writeFile(join(settings.outputDirectory, 'model.json'), `${JSON.stringify(model, null, 2)}\n`)
  await writeFile(join(settings.outputDirectory, 'metrics.csv'), `${metrics.join('\n')}\n`)
  await writeFile(join(settings.outputDirectory, 'plots', 'loss.svg'), drawLossPlot({ ...settings, curve }))
}

try {
  await main()
} catch (error) {
  if (!(error instanceof Failure)) throw error // Node prints it with its stack and exits with 1
  for (const line of error.lines) console.error(`linear-regression: ${line}`)
  process.exitCode = error.exitCode
}
