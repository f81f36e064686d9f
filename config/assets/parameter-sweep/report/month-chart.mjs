import { whole } from './format.mjs'
import { pixel, roundTicks, scale } from './ticks.mjs'

const WIDTH = 400
const HEIGHT = 320
const PLOT = { left: 40, right: WIDTH - 4, top: 54, bottom: HEIGHT - 46 }
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
/** From the bottom of a column to its top, with `.part-direct` and so on in style.mjs. */
const PARTS = [
  ['direct', 'from the roof'],
  ['fromBattery', 'from the battery'],
  ['bought', 'from the grid'],
]

/**
 * Where the energy of each month comes from, as columns of three parts.
 *
 * @param {object} chart
 * @param {string} chart.id begins the ids of the picture, unique on the page
 * @param {string} chart.title
 * @param {string} chart.summary what a reader who does not see the picture should know
 * @param {Record<string, number>[]} chart.months flows in kWh, as simulate gives them
 * @returns {string} an svg element
 */
export function drawMonthChart({ id, title, summary, months }) {
  const ticks = roundTicks(0, Math.max(...months.map(({ load }) => load)), 8)
  const y = scale([0, ticks.at(-1)], [PLOT.bottom, PLOT.top])
  const slot = (PLOT.right - PLOT.left) / 12
  const middle = (month) => pixel(PLOT.left + (month + 0.5) * slot)

  const grid = ticks.map(
    (tick) =>
      `<path class="grid" d="M${PLOT.left} ${y(tick)}H${PLOT.right}"/><text class="end" x="${PLOT.left - 7}" y="${pixel(y(tick) + 4)}">${tick.toLocaleString('en-US')}</text>`,
  )
  const columns = months.map((flows, month) => {
    const spans = PARTS.map(([flow], i) => {
      const from = PARTS.slice(0, i).reduce((sum, [below]) => sum + flows[below], 0)
      return { flow, top: y(from + flows[flow]), bottom: y(from) }
    })
    const parts = spans.map(
      ({ flow, top, bottom }) =>
        `<rect class="part-${flow}" x="${pixel(middle(month) - slot * 0.36)}" y="${top}" width="${pixel(slot * 0.72)}" height="${pixel(bottom - top)}"/>`,
    )
    const said = PARTS.map(([flow, name]) => `${whole(flows[flow])} ${name}`).join(', ')
    return `<g><title>${MONTHS[month]}, kWh: ${said}</title>${parts.join('')}</g><text class="middle small" x="${middle(month)}" y="${PLOT.bottom + 17}">${MONTHS[month]}</text>`
  })
  const legend = PARTS.map(([flow, name], i) => {
    const left = [0, 118, 258][i]
    return `<rect class="part-${flow}" x="${left}" y="3" width="12" height="12"/><text x="${left + 17}" y="13">${name}</text>`
  })

  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title ${id}-summary">
<title id="${id}-title">${title}</title>
<desc id="${id}-summary">${summary}</desc>
${legend.join('')}
<text x="0" y="40">kWh</text>
${grid.join('\n')}
${columns.join('\n')}
<path class="axis" d="M${PLOT.left} ${PLOT.bottom}H${PLOT.right}"/>
<text class="middle" x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 7}">Month</text>
</svg>`
}
