import { inWords, percent, whole } from './format.mjs'
import { drawHeatMap } from './heat-map.mjs'
import { drawLineChart } from './line-chart.mjs'
import { drawMonthChart } from './month-chart.mjs'

/**
 * The four pictures, each with its heading and a line on how to read it.
 *
 * @param {object} settings as readSettings gives them
 * @param {object[]} points as computePoints gives them
 * @param {object} best the cheapest of them
 * @returns {string} HTML
 */
export function pictures({ panels, batteries }, points, best) {
  const dearest = points.reduce((most, point) => (point.cost > most.cost ? point : most))
  const most = points.reduce((top, point) => (point.selfSufficiency > top.selfSufficiency ? point : top))
  const { year } = best
  const maps = { panels, batteries, points, best }
  return [
    figure('Cost of a year', 'EUR; the frame marks the cheapest point', (title) =>
      drawHeatMap({
        ...maps,
        id: 'cost',
        colours: 'cost',
        finer: 2,
        title,
        summary: `Lowest with ${inWords(best)}: ${whole(best.cost)} EUR. Highest with ${inWords(dearest)}: ${whole(dearest.cost)} EUR.`,
        value: ({ cost }) => cost,
        format: whole,
      }),
    ),
    figure('Self-sufficiency', 'what is not bought; the frame marks the cheapest point', (title) =>
      drawHeatMap({
        ...maps,
        id: 'share',
        colours: 'share',
        finer: 1,
        title,
        summary: `Highest with ${inWords(most)}: ${percent(most.selfSufficiency)}. The cheapest point, ${inWords(best)}, has ${percent(best.selfSufficiency)}.`,
        value: ({ selfSufficiency }) => selfSufficiency,
        format: percent,
      }),
    ),
    figure(
      'What a larger battery costs or saves',
      'cost by size of panels; the ring marks the cheapest point',
      (title) =>
        drawLineChart({
          ...maps,
          id: 'lines',
          title,
          summary: `Cost of a year over the size of the battery. The lowest point, ${whole(best.cost)} EUR, is ${inWords(best)}.`,
        }),
    ),
    figure('Where the energy comes from', 'month by month, at the cheapest point', (title) =>
      drawMonthChart({
        id: 'months',
        title,
        summary: `With ${inWords(best)}: over the year ${whole(year.direct)} kWh come straight from the roof, ${whole(year.fromBattery)} kWh from the battery and ${whole(year.bought)} kWh from the grid.`,
        months: best.months,
      }),
    ),
  ].join('\n')
}

function figure(title, caption, draw) {
  return `<figure>
<figcaption><h3>${title}</h3>${caption}</figcaption>
${draw(title)}
</figure>`
}
