import { batterySize, kilowattPeak } from './format.mjs'
import { colourScale } from './colour-scale.mjs'
import { DIGIT, pixel } from './ticks.mjs'

const WIDTH = 400
const RIGHT = WIDTH - 4
const TOP = 24

/**
 * A map of all points: panels to the right, batteries upwards, a colour for the value. The cheapest point wears a frame.
 * Cells that are wide enough say their value; where they are not, the table of the page does.
 *
 * @param {object} map
 * @param {string} map.id begins the ids of the picture, unique on the page
 * @param {string} map.colours class of its colours in style.mjs
 * @param {number} map.finer how much finer low values are told apart than high ones; 1: all alike
 * @param {string} map.title
 * @param {string} map.summary what a reader who does not see the picture should know
 * @param {number[]} map.panels rising
 * @param {number[]} map.batteries rising
 * @param {object[]} map.points as computePoints gives them
 * @param {object} map.best one of them
 * @param {(point: object) => number} map.value
 * @param {(value: number) => string} map.format
 * @returns {string} an svg element
 */
export function drawHeatMap({ id, colours, finer, title, summary, panels, batteries, points, best, value, format }) {
  const left = 14 + DIGIT * longest(batteries)
  const width = (RIGHT - left) / panels.length
  const height = Math.min(32, Math.max(17, 300 / batteries.length))
  const bottom = TOP + height * batteries.length
  const x = (size) => left + panels.indexOf(size) * width
  const y = (size) => bottom - (batteries.indexOf(size) + 1) * height
  const box = ({ panels: kwp, battery }) =>
    `x="${pixel(x(kwp))}" y="${pixel(y(battery))}" width="${pixel(width)}" height="${pixel(height)}"`

  const scale = colourScale(points.map(value), finer)
  const inCell = (point) => format(value(point)).split('\u00a0')[0] // the unit is in the legend
  const numbersFit = longest(points.map(inCell)) * DIGIT + 3 <= width

  const cells = points.map((point) => {
    const hint = `${kilowattPeak(point.panels)}, ${batterySize(point.battery)}: ${format(value(point))}`
    const number = `<text class="middle" x="${pixel(x(point.panels) + width / 2)}" y="${pixel(y(point.battery) + height / 2 + 4)}">${inCell(point)}</text>`
    return `<g class="step-${scale.step(value(point))}"><title>${hint}</title><rect class="cell" ${box(point)}/>${numbersFit ? number : ''}</g>`
  })
  const rows = batteries.map(
    (size) => `<text class="end" x="${pixel(left - 7)}" y="${pixel(y(size) + height / 2 + 4)}">${size}</text>`,
  )
  const columns = thinned(panels, width).map(
    (i) => `<text class="middle" x="${pixel(x(panels[i]) + width / 2)}" y="${pixel(bottom + 17)}">${panels[i]}</text>`,
  )

  return `<svg class="${colours}" viewBox="0 0 ${WIDTH} ${pixel(bottom + 88)}" role="img" aria-labelledby="${id}-title ${id}-summary">
<title id="${id}-title">${title}</title>
<desc id="${id}-summary">${summary}</desc>
<text x="0" y="13">Battery, kWh</text>
${cells.join('\n')}
<rect class="halo" ${box(best)} rx="2"/><rect class="frame" ${box(best)} rx="2"/>
${rows.join('')}
${columns.join('')}
<text class="middle" x="${pixel((left + RIGHT) / 2)}" y="${pixel(bottom + 36)}">Panels, kWp</text>
${legend(bottom + 52, left, scale.bounds, format)}
</svg>`
}

/** The colours, with the values at which one gives way to the next. */
function legend(top, left, bounds, format) {
  const texts = bounds.map(format)
  const width = (RIGHT - 16 - left) / (bounds.length - 1) // the last label needs room on its right
  const at = (i) => pixel(left + i * width)
  const swatches = bounds
    .slice(1)
    .map(
      (_, i) =>
        `<g class="step-${i}"><rect class="cell" x="${at(i)}" y="${pixel(top)}" width="${pixel(width)}" height="12"/></g>`,
    )
  const labels = thinned(texts, width).map(
    (i) => `<text class="middle" x="${at(i)}" y="${pixel(top + 28)}">${texts[i]}</text>`,
  )
  return `${swatches.join('')}\n${labels.join('')}`
}

/** The places of labels that may be shown without touching each other: every one, or every second, third, …. */
function thinned(labels, width) {
  const every = Math.ceil((longest(labels) * DIGIT) / width)
  return labels.map((_, i) => i).filter((i) => i % every === 0)
}

/** Characters of the longest label. */
function longest(labels) {
  return Math.max(...labels.map((label) => String(label).length))
}
