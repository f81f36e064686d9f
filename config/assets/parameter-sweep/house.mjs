import { readFile } from 'node:fs/promises'
import { Failure } from './failure.mjs'

const HEADER = 'month,hour,load_kwh,clear_sky_kwh'

/**
 * Reads what is known of the house: a line for each of the 12 months and 24 hours, in order.
 *
 * @param {string} file
 * @returns `load` and `clearSky`, in kWh, at the place `24 × month + hour`, both counted from 0
 * @throws {Failure} exit code 1, naming the line
 */
export async function readHouse(file) {
  const unusable = (reason, cause) => new Failure(1, [`cannot use ${file}: ${reason}`], { cause })

  const content = await readFile(file, 'utf8').catch((error) => {
    throw unusable(error.message, error)
  })
  const [header, ...lines] = content.trimEnd().split(/\r?\n/)
  if (header !== HEADER) throw unusable(`line 1: must be "${HEADER}"`)
  if (lines.length !== 12 * 24) {
    throw unusable(`${lines.length} lines after the first; 12 months of 24 hours are ${12 * 24}`)
  }
  const house = { load: [], clearSky: [] }
  lines.forEach((line, index) => {
    const [month, hour, load, clearSky, ...rest] = line.split(',')
    const place = `line ${index + 2}`
    const expected = `${Math.floor(index / 24) + 1},${index % 24}`
    if (`${month},${hour}` !== expected) throw unusable(`${place}: must begin with ${expected},`)
    if (rest.length > 0) throw unusable(`${place}: more than 4 values`)
    house.load.push(readEnergy('load_kwh', load))
    house.clearSky.push(readEnergy('clear_sky_kwh', clearSky))

    function readEnergy(column, text) {
      if (text === undefined) throw unusable(`${place}: ${column} is missing`)
      if (!/^\d+(\.\d+)?$/.test(text)) throw unusable(`${place}: ${column} is "${text}", not a number from 0`)
      return Number(text)
    }
  })
  if (house.load.every((load) => load === 0)) throw unusable('the house uses no energy at all')
  return house
}
