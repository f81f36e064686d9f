import { cheapest } from '../points.mjs'
import { batterySize, euro, kilowattHours, kilowattPeak, percent } from './format.mjs'
import { drawHeatMap } from './heat-map.mjs'
import { drawLineChart } from './line-chart.mjs'
import { drawMonthChart } from './month-chart.mjs'
import { STYLE } from './style.mjs'

/**
 * The report: one HTML document with its pictures inside, without scripts, that loads nothing. Only its links to the
 * files of the points lead elsewhere, to the result that it is part of.
 *
 * @param {object} sweep
 * @param {object} sweep.settings as readSettings gives them
 * @param {object[]} sweep.points as computePoints gives them
 * @returns {string} the HTML document
 */
export function writeReport({ settings, points }) {
  const best = cheapest(points)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Panels and a battery for one house</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>How many panels, and how large a battery?</h1>
<p>One house, ${points.length} combinations of solar panels and a battery, and the same year of weather for each, hour by hour.</p>
${answer(settings, points, best)}
<h2>Pictures</h2>
<div class="pictures">
${pictures(settings, points, best)}
</div>
<h2 id="points">All points</h2>
${table(points, best)}
<h2 id="settings">Settings</h2>
${settingsTable(settings)}
</main>
</body>
</html>
`
}

function answer({ prices, panels, batteries }, points, best) {
  const without = best.year.load * prices.bought
  const difference = without - best.cost
  const compared =
    difference >= 0.5
      ? `${euro(difference)} EUR less than ${euro(without)} with the grid alone`
      : difference <= -0.5
        ? `${euro(-difference)} EUR more than ${euro(without)} with the grid alone`
        : 'as much as with the grid alone'
  const edges = [
    best.panels === panels.at(-1) && 'largest panels',
    best.panels === panels[0] && best.panels > 0 && 'smallest panels',
    best.battery === batteries.at(-1) && 'largest battery',
    best.battery === batteries[0] && best.battery > 0 && 'smallest battery',
  ].filter(Boolean)
  const warning =
    edges.length === 0
      ? ''
      : `<p>The cheapest point has the ${edges.join(' and the ')} of the sweep: a wider sweep may find a cheaper one.</p>`
  const own =
    best.ownUse === null
      ? ''
      : `<div><dt>Used in the house</dt><dd>${percent(best.ownUse)} <span class="beside">of what the panels produce</span></dd></div>`
  return `<dl class="figures">
<div><dt>Cheapest</dt><dd>${kilowattPeak(best.panels)} <span class="beside">of panels, with a battery of ${batterySize(best.battery)}</span></dd></div>
<div><dt>Cost of a year</dt><dd>${euro(best.cost)} EUR <span class="beside">${compared}</span></dd></div>
<div><dt>Self-sufficiency</dt><dd>${percent(best.selfSufficiency)} <span class="beside">of ${kilowattHours(best.year.load)} kWh are not bought</span></dd></div>
${own}
</dl>
${warning}`
}

function pictures({ panels, batteries }, points, best) {
  const bestText = `${kilowattPeak(best.panels)} of panels with a battery of ${batterySize(best.battery)}`
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
        title,
        summary: `Lowest at ${bestText}: ${euro(best.cost)} EUR. Highest at ${kilowattPeak(dearest.panels)} with ${batterySize(dearest.battery)}: ${euro(dearest.cost)} EUR.`,
        value: ({ cost }) => cost,
        format: euro,
      }),
    ),
    figure(
      'Self-sufficiency',
      'per cent of the load that are not bought; the frame marks the cheapest point',
      (title) =>
        drawHeatMap({
          ...maps,
          id: 'share',
          colours: 'share',
          title,
          summary: `Highest at ${kilowattPeak(most.panels)} with ${batterySize(most.battery)}: ${percent(most.selfSufficiency)}. The cheapest point, ${bestText}, has ${percent(best.selfSufficiency)}.`,
          value: ({ selfSufficiency }) => selfSufficiency,
          format: percent,
        }),
    ),
    figure(
      'What a larger battery costs or saves',
      'a line for each of some sizes of panels; the ring marks the cheapest point',
      (title) =>
        drawLineChart({
          ...maps,
          id: 'lines',
          title,
          summary: `Cost of a year over the size of the battery. The lowest point, ${euro(best.cost)} EUR, is ${bestText}.`,
        }),
    ),
    figure('Where the energy comes from', `month by month at the cheapest point, ${bestText}`, (title) =>
      drawMonthChart({
        id: 'months',
        title,
        summary: `Over the year ${kilowattHours(year.direct)} kWh come straight from the roof, ${kilowattHours(year.fromBattery)} kWh from the battery and ${kilowattHours(year.bought)} kWh from the grid.`,
        months: best.months,
      }),
    ),
  ].join('\n')
}

function figure(title, caption, draw) {
  return `<figure>
<h3>${title}</h3>
<figcaption>${caption}</figcaption>
${draw(title)}
</figure>`
}

function table(points, best) {
  const rows = points.map((point) => {
    const { panels, battery, year, cost, selfSufficiency, ownUse, file } = point
    const cells = [
      euro(cost),
      percent(selfSufficiency),
      ownUse === null ? '–' : percent(ownUse),
      kilowattHours(year.produced),
      kilowattHours(year.sold),
      kilowattHours(year.bought),
      `<a href="${file}" aria-label="Months of ${panels} kWp, ${battery} kWh">months</a>`,
    ]
    const isBest = point === best
    return `<tr${isBest ? ' class="best"' : ''}><th scope="row">${panels}</th><td>${battery}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
  })
  const columns = [
    'Panels<br>kWp',
    'Battery<br>kWh',
    'Cost<br>EUR a year',
    'Self-<br>sufficiency',
    'Own<br>use',
    'Produced<br>kWh',
    'Sold<br>kWh',
    'Bought<br>kWh',
    'File',
  ]
  return `<div class="scroll" role="region" aria-labelledby="points" tabindex="0">
<table>
<caption>Sums of the year; the marked row is the cheapest. The links lead to the files beside this report.</caption>
<thead><tr>${columns.map((column) => `<th scope="col">${column}</th>`).join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</div>`
}

function settingsTable({ panels, batteries, seed, prices }) {
  const range = (sizes, unit) => `${sizes.length} from ${sizes[0]} to ${sizes.at(-1)} ${unit}`
  const rows = [
    ['Sizes of panels', range(panels, 'kWp')],
    ['Sizes of battery', range(batteries, 'kWh')],
    ['Seed of the weather', String(seed)],
    ['Energy bought', `${prices.bought} EUR per kWh`],
    ['Energy sold', `${prices.sold} EUR per kWh`],
    ['Panels', `${prices.panels} EUR a year per kWp`],
    ['Battery', `${prices.battery} EUR a year per kWh`],
  ]
  return `<table class="settings">
<tbody>
${rows.map(([name, value]) => `<tr><th scope="row">${name}</th><td>${value}</td></tr>`).join('\n')}
</tbody>
</table>`
}
