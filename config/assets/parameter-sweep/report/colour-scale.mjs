/** How many colours a map has: `.step-0` to `.step-6` in style.mjs. */
const STEPS = 7

/**
 * Divides the range of some values among the colours.
 *
 * @param {number[]} values at least one
 * @param {number} finer the power by which the steps grow from low to high: 1 makes them alike; 2 makes the first of them
 *   a 49th of the range, where most of what matters lies close to the lowest value
 * @returns `bounds`: the eight values at which the colours begin and end; `step(value)`: number of its colour, from 0
 */
export function colourScale(values, finer) {
  const low = Math.min(...values)
  const high = Math.max(...values)
  const bounds = Array.from({ length: STEPS + 1 }, (_, i) => low + (high - low) * (i / STEPS) ** finer)
  const inner = bounds.slice(1, -1)
  return { bounds, step: (value) => (high === low ? 0 : inner.filter((bound) => value >= bound).length) }
}
