import { cheapest } from '../points.mjs'
import { EFFICIENCY, SHARE_PER_HOUR } from '../simulate.mjs'
import { answer } from './answer.mjs'
import { percent } from './format.mjs'
import { pictures } from './pictures.mjs'
import { pointsTable } from './points-table.mjs'
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
${answer(settings, best)}
<h2>Pictures</h2>
<div class="pictures">
${pictures(settings, points, best)}
</div>
<h2 id="points">All points</h2>
${pointsTable(points, best)}
<h2 id="how">How it was computed</h2>
<p>The house uses the sun first, then the battery, then the grid. What the sun gives beyond that fills the battery, and then goes to the grid.
The battery gives back ${percent(EFFICIENCY)} of what it takes, and takes or gives at most ${percent(SHARE_PER_HOUR)} of its size in an hour.</p>
<p>Cost of a year = energy bought × its price − energy sold × its price + panels and battery, each by their size.</p>
${settingsTable(settings)}
</main>
</body>
</html>
`
}

function settingsTable({ panels, batteries, seed, prices }) {
  const rows = [
    ['Sizes of panels', range(panels, 'kWp')],
    ['Sizes of battery', range(batteries, 'kWh')],
    ['Seed of the weather', String(seed)],
    ['Energy bought', `${prices.bought} EUR per kWh`],
    ['Energy sold', `${prices.sold} EUR per kWh`],
    ['Panels', `${prices.panels} EUR a year per kWp`],
    ['Battery', `${prices.battery} EUR a year per kWh`],
  ]
  return `<table class="settings" aria-label="Settings">
<tbody>
${rows.map(([name, value]) => `<tr><th scope="row">${name}</th><td>${value}</td></tr>`).join('\n')}
</tbody>
</table>`
}

function range(sizes, unit) {
  return `${sizes.length} from ${sizes[0]} to ${sizes.at(-1)} ${unit}`
}
