/**
 * Writes data.csv: `node generate-data.mjs > data.csv`. The same rows every time; train.test.ts holds the file to it.
 *
 * 120 made-up shifts of a workshop. The rule behind them, which the training has to find again:
 *
 *     energy_kwh = 40 + 0.12 × pieces + 9 × machine_hours − 1.5 × outside_celsius + noise, uniform from −12 to 12
 *
 * Pieces grow with machine hours, so that the two columns are hard to tell apart and the training takes some epochs.
 */
const ROWS = 120

/** Random numbers in [0, 1) from a seed ("mulberry32"): integer arithmetic only, so every machine gets the same. */
function randomNumbers(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const random = randomNumbers(1)
const between = (low, high) => low + (high - low) * random()

console.log('pieces,machine_hours,outside_celsius,energy_kwh')
for (let row = 0; row < ROWS; row += 1) {
  const hours = Number(between(2, 16).toFixed(1))
  const pieces = Math.round(45 * hours + between(-150, 150) + 160)
  const celsius = Number(between(-8, 31).toFixed(1))
  const energy = 40 + 0.12 * pieces + 9 * hours - 1.5 * celsius + between(-12, 12)
  console.log([pieces, hours.toFixed(1), celsius.toFixed(1), energy.toFixed(1)].join(','))
}
