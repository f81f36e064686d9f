/** Room for one character of a label at the pictures' 12 pixels, in the wider of the usual fonts. */
export const DIGIT = 7.4

/**
 * Round numbers for an axis: 1, 2 or 5 times a power of ten apart.
 *
 * @param {number} low
 * @param {number} high above `low`
 * @param {number} atMost how many of them, at least 3
 * @returns {number[]} rising; the first is at or below `low`, the last at or above `high`
 */
export function roundTicks(low, high, atMost) {
  const power = 10 ** Math.floor(Math.log10((high - low) / atMost))
  const step = [1, 2, 5, 10, 20, 50].map((digit) => digit * power).find((s) => count(low, high, s) <= atMost)
  const first = Math.floor(low / step)
  return Array.from({ length: count(low, high, step) }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

function count(low, high, step) {
  return Math.ceil(high / step) - Math.floor(low / step) + 1
}

/**
 * Maps values to pixels; a tenth of a pixel is precise enough.
 *
 * @param {[number, number]} values
 * @param {[number, number]} pixels
 */
export function scale([low, high], [from, to]) {
  return (value) => pixel(from + ((to - from) * (value - low)) / (high - low))
}

/** A coordinate with one decimal. */
export function pixel(value) {
  return Number(value.toFixed(1))
}
