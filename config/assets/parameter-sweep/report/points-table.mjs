import { percent, whole } from './format.mjs'

/**
 * All points in a table, with links to their files. It scrolls sideways where the page is narrow.
 *
 * @param {object[]} points as computePoints gives them
 * @param {object} best the cheapest of them
 * @returns {string} HTML
 */
export function pointsTable(points, best) {
  const rows = points.map((point) => {
    const { panels, battery, year, cost, selfSufficiency, ownUse, file } = point
    const cells = [
      whole(cost),
      percent(selfSufficiency),
      ownUse === null ? '–' : percent(ownUse),
      whole(year.produced),
      whole(year.sold),
      whole(year.bought),
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
  return `<p id="columns" class="soft">Sums of the year; the marked row is the cheapest. Own use is the share of what the panels produce that is used in the house.
The links lead to the files beside this report, which have the months of each point.</p>
<section class="scroll" aria-labelledby="points" tabindex="0">
<table aria-labelledby="points" aria-describedby="columns">
<thead><tr>${columns.map((column) => `<th scope="col">${column}</th>`).join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</section>`
}
