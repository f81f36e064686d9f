/** What comes out of the battery, of what went in. */
export const EFFICIENCY = 0.9
/** A battery takes or gives at most this share of its size in an hour. */
export const SHARE_PER_HOUR = 0.5

/** What is counted, in kWh, in the order of the columns of a point's file. */
export const FLOWS = ['load', 'produced', 'direct', 'intoBattery', 'fromBattery', 'sold', 'bought']

/**
 * Lives through one year, hour by hour. The house uses the sun first, then the battery, then the grid; what the sun gives
 * beyond that goes into the battery until it is full, then to the grid. The battery is empty when the year begins.
 *
 * Only + − × ÷ and comparisons touch the energy, so the result is the same to the last digit everywhere.
 *
 * @param {{load: number[], clearSky: number[]}} house by month and hour, as readHouse gives it
 * @param {{month: number, sky: number, use: number}[]} days as drawYear gives them
 * @param {number} panels in kWp
 * @param {number} battery in kWh
 * @returns {Record<string, number>[]} for each month the flows in kWh
 */
export function simulate(house, days, panels, battery) {
  const months = Array.from({ length: 12 }, () => Object.fromEntries(FLOWS.map((flow) => [flow, 0])))
  const mostPerHour = battery * SHARE_PER_HOUR
  let stored = 0
  for (const { month, sky, use } of days) {
    const sums = months[month]
    for (let hour = 0; hour < 24; hour += 1) {
      const load = house.load[24 * month + hour] * use
      const produced = house.clearSky[24 * month + hour] * sky * panels
      const direct = Math.min(load, produced)
      const intoBattery = Math.min(produced - direct, mostPerHour, (battery - stored) / EFFICIENCY)
      const fromBattery = Math.min(load - direct, mostPerHour, stored)
      // An hour has a surplus or a need, never both: one of the two is 0. Rounding must not fill a battery beyond its size.
      stored = Math.min(stored + intoBattery * EFFICIENCY - fromBattery, battery)
      sums.load += load
      sums.produced += produced
      sums.direct += direct
      sums.intoBattery += intoBattery
      sums.fromBattery += fromBattery
      sums.sold += produced - direct - intoBattery
      sums.bought += load - direct - fromBattery
    }
  }
  return months
}
