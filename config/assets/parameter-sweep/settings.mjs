import { Failure } from './failure.mjs'

/** Sizes are computed and named to the third decimal; two sizes of a sweep are at least this far apart. */
const CLOSEST = 0.01
const ROUNDING = 1e-9 // 2.01 − 2 is a little less than 0.01

/**
 * Reads all settings from the environment.
 *
 * @param {Record<string, string | undefined>} env
 * @returns `panels` in kWp and `batteries` in kWh: every size of the sweep, rising; `prices` in EUR per kWh for energy, in
 *   EUR a year per kWp or kWh for what is bought once
 * @throws {Failure} exit code 2, with a line for every setting that is missing or wrong
 */
export function readSettings(env) {
  const problems = []

  const text = (name) => {
    const value = env[name]
    if (!value) problems.push(`${name} is not set`)
    return value ?? ''
  }
  const number = (name, maximum) => {
    const value = text(name)
    const result = /^\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value) ? Number(value) : Number.NaN
    if (value && !(result <= maximum)) problems.push(`${name} must be a number from 0 to ${maximum}, not "${value}"`)
    return result
  }
  const integer = (name, minimum, maximum) => {
    const value = text(name)
    const result = /^\d+$/.test(value) ? Number(value) : Number.NaN
    if (value && !(result >= minimum && result <= maximum)) {
      problems.push(`${name} must be a whole number from ${minimum} to ${maximum}, not "${value}"`)
    }
    return result
  }
  const sizes = (name, maximum) => {
    const from = number(`${name}_FROM`, maximum)
    const to = number(`${name}_TO`, maximum)
    const count = integer(`${name}_SIZES`, 2, 20)
    if (from >= to) problems.push(`${name}_FROM must be below ${name}_TO, but ${from} is not below ${to}`)
    else if ((to - from) / (count - 1) < CLOSEST - ROUNDING) {
      problems.push(
        `${name}_SIZES: ${count} sizes from ${from} to ${to} lie closer together than ${CLOSEST}; take fewer, or a wider range`,
      )
    }
    return { from, to, count }
  }

  const settings = {
    inputDirectory: text('INPUT_DIR'),
    outputDirectory: text('OUTPUT_DIR'),
    panels: sizes('PANELS', 50),
    batteries: sizes('BATTERY', 100),
    seed: integer('SEED', 0, 4_294_967_295),
    prices: {
      bought: number('BUY_PRICE', 10),
      sold: number('SELL_PRICE', 10),
      panels: number('PANELS_COST', 10_000),
      battery: number('BATTERY_COST', 10_000),
    },
  }
  if (problems.length > 0) throw new Failure(2, problems)
  return { ...settings, panels: evenly(settings.panels), batteries: evenly(settings.batteries) }
}

/** `count` sizes from `from` to `to`, both included. */
function evenly({ from, to, count }) {
  return Array.from({ length: count }, (_, i) => Number((from + ((to - from) * i) / (count - 1)).toFixed(3)))
}
