import { FLOWS, simulate } from './simulate.mjs'

/**
 * Computes every point of the sweep: each size of panels with each size of battery.
 *
 * @param {{panels: number[], batteries: number[], prices: Record<string, number>}} settings
 * @param house as readHouse gives it
 * @param days as drawYear gives them
 * @returns the points, panels first: sizes, `file` for the months, `months`, sums over the year in kWh, `cost` in EUR a
 *   year, `selfSufficiency` (share of the load that is not bought) and `ownUse` (share of the produced energy that is not
 *   sold; null without panels)
 */
export function computePoints({ panels, batteries, prices }, house, days) {
  const namePanels = sizeNames(panels)
  const nameBattery = sizeNames(batteries)
  return panels.flatMap((kwp, i) =>
    batteries.map((kwh, j) => {
      const months = simulate(house, days, kwp, kwh)
      const year = Object.fromEntries(FLOWS.map((flow) => [flow, months.reduce((sum, month) => sum + month[flow], 0)]))
      return {
        panels: kwp,
        battery: kwh,
        file: `points/panels=${namePanels[i]}_battery=${nameBattery[j]}.csv`,
        months,
        year,
        cost: year.bought * prices.bought - year.sold * prices.sold + kwp * prices.panels + kwh * prices.battery,
        selfSufficiency: 1 - year.bought / year.load,
        ownUse: year.produced === 0 ? null : 1 - year.sold / year.produced,
      }
    }),
  )
}

/** The point that costs least; of equals the one with the smaller panels, then the smaller battery. */
export function cheapest(points) {
  return points.reduce((best, point) => (point.cost < best.cost ? point : best))
}

/** Names of one length, so that a listing by name is a listing by size: 00.0, 01.5, …, 12.0. */
function sizeNames(sizes) {
  const decimals = Math.max(...sizes.map((size) => (String(size).split('.')[1] ?? '').length))
  const names = sizes.map((size) => size.toFixed(decimals))
  const length = Math.max(...names.map((name) => name.length))
  return names.map((name) => name.padStart(length, '0'))
}

/** The file of a point: a line for each month. */
export function monthsAsCsv({ months }) {
  const header = 'month,load_kwh,produced_kwh,direct_kwh,into_battery_kwh,from_battery_kwh,sold_kwh,bought_kwh'
  const lines = months.map((month, i) => [i + 1, ...FLOWS.map((flow) => month[flow].toFixed(3))].join(','))
  return `${[header, ...lines].join('\n')}\n`
}
