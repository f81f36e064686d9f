/**
 * Writes house.csv: `node generate-house.mjs > house.csv`. The same rows every time; sweep.test.ts holds the file to it.
 *
 * A made-up house with a heat pump in the middle of Europe: for each month and hour of the day what it uses on an average
 * day, and what one kilowatt-peak of panels on its roof gives under a clear sky.
 */
import { randomNumbers } from './random.mjs'

const DAYLIGHT_HOURS = [8.3, 9.9, 11.8, 13.8, 15.6, 16.5, 16.1, 14.5, 12.6, 10.7, 8.9, 7.9]
const CLEAR_NOON_KWH = [0.33, 0.46, 0.6, 0.69, 0.73, 0.74, 0.73, 0.7, 0.63, 0.5, 0.37, 0.29]
const HEATING_KWH = [0.56, 0.52, 0.36, 0.19, 0.06, 0.02, 0.01, 0.01, 0.05, 0.2, 0.38, 0.53]
/** People: up at seven, home for lunch now and then, dinner and light in the evening. */
const HOUSEHOLD_KWH = [
  0.16, 0.14, 0.13, 0.13, 0.14, 0.18, 0.3, 0.42, 0.36, 0.28, 0.26, 0.32, 0.4, 0.34, 0.27, 0.26, 0.3, 0.44, 0.58, 0.62,
  0.54, 0.42, 0.3, 0.21,
]
/** The sun is highest at half past twelve, in the middle of the hour that begins at twelve. */
const NOON = 12

const random = randomNumbers(1)

console.log('month,hour,load_kwh,clear_sky_kwh')
for (let month = 0; month < 12; month += 1) {
  for (let hour = 0; hour < 24; hour += 1) {
    const load = (HOUSEHOLD_KWH[hour] + HEATING_KWH[month]) * (0.9 + 0.2 * random())
    const fromNoon = (hour - NOON) / (DAYLIGHT_HOURS[month] / 2) // a parabola: 0 at noon, 1 at sunrise and sunset
    const sun = Math.max(0, CLEAR_NOON_KWH[month] * (1 - fromNoon * fromNoon))
    console.log([month + 1, hour, load.toFixed(3), sun.toFixed(3)].join(','))
  }
}
