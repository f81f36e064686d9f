import { randomNumbers } from './random.mjs'

const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/**
 * Draws the 365 days of one year. Every point of the sweep lives through the same year: what differs between two points is
 * their sizes alone.
 *
 * The sky of a day is that of the day before with probability 0.55, so that dull weeks occur; otherwise it is drawn
 * anew, evenly between dull and clear. What the house uses is drawn for each day.
 *
 * @param {number} seed
 * @returns {{month: number, sky: number, use: number}[]} `month` from 0; `sky`: share of a clear sky's energy, 0.1 to 1;
 *   `use`: times the average day, 0.8 to 1.2
 */
export function drawYear(seed) {
  const random = randomNumbers(seed)
  const between = (low, high) => low + (high - low) * random()
  let sky = between(0.1, 1)
  return DAYS_OF_MONTH.flatMap((days, month) =>
    Array.from({ length: days }, () => {
      if (random() >= 0.55) sky = between(0.1, 1)
      return { month, sky, use: between(0.8, 1.2) }
    }),
  )
}
