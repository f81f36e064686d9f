import { batterySize, kilowattPeak } from './format.mjs'
import { pixel } from './ticks.mjs'

const WIDTH = 400
const PLOT = { left: 40, right: WIDTH - 4, top: 24 }
/** How many colours there are: `.low-to-high .step-0` to `.step-6` in style.mjs. */
const STEPS = 7
/** Width of one digit of the numbers in the cells, and of the labels, in units of the picture. */
const DIGIT = 6.4

/**
 * A map of all points: panels to the right, batteries upwards, a colour for the value. The cheapest point wears a frame.
 * Cells that are wide enough say their value; where they are not, the table of the page does.
 *
 * @param {object} map
 * @param {string} map.id begins the ids of the picture, unique on the page
 * @param {string} map.colours class of its colours in style.mjs
 * @param {string} map.title
 * @param {string} map.summary what a reader who does not see the picture should know
 * @param {number[]} map.panels rising
 * @param {number[]} map.batteries rising
 * @param {object[]} map.points panels first, as computePoints gives them
 * @param {object} map.best one of them
 * @param {(point: object) => number} map.value
 * @param {(value: number) => string} map.format
 * @returns {string} an svg element
 */
export function drawHeatMap({ id, colours, title, summary, panels, batteries, points, best, value, format }) {
  const cellWidth = (PLOT.right - PLOT.left) / panels.length
  const cellHeight = Math.min(32, Math.max(16, 300 / batteries.length))
  const bottom = PLOT.top + cellHeight * batteries.length
  const x = (size) => PLOT.left + panels.indexOf(size) * cellWidth
  const y = (size) => bottom - (batteries.indexOf(size) + 1) * cellHeight

  const values = points.map(value)
  const low = Math.min(...values)
  const high = Math.max(...values)
  const step = (number) => (high === low ? 0 : Math.min(STEPS - 1, Math.floor((STEPS * (number - low)) / (high - low))))
  const showsNumbers = values.every((number) => bare(format(number)).length * DIGIT + 4 <= cellWidth)

  const cells = points.map((point) => {
    const number = value(point)
    const place = `x="${pixel(x(point.panels))}" y="${pixel(y(point.battery))}"`
    const size = `width="${pixel(cellWidth)}" height="${pixel(cellHeight)}"`
    const hint = `${kilowattPeak(point.panels)}, ${batterySize(point.battery)}: ${format(number)}`
    const text = `<text class="middle" x="${pixel(x(point.panels) + cellWidth / 2)}" y="${pixel(y(point.battery) + cellHeight / 2 + 4)}">${bare(format(number))}</text>`
    return `<g class="step-${step(number)}"><title>${hint}</title><rect class="cell" ${place} ${size}/>${showsNumbers ? text : ''}</g>`
  })
  const columns = thinned(panels, cellWidth).map(
    (size) => `<text class="middle" x="${pixel(x(size) + cellWidth / 2)}" y="${pixel(bottom + 17)}">${size}</text>`,
  )
  const rows = batteries.map(
    (size) => `<text class="end" x="${PLOT.left - 7}" y="${pixel(y(size) + cellHeight / 2 + 4)}">${size}</text>`,
  )
  const frame = `<rect class="frame" x="${pixel(x(best.panels))}" y="${pixel(y(best.battery))}" width="${pixel(cellWidth)}" height="${pixel(cellHeight)}" rx="2"/>`

  return `<svg class="${colours}" viewBox="0 0 ${WIDTH} ${pixel(bottom + 92)}" role="img" aria-labelledby="${id}-title ${id}-summary">
<title id="${id}-title">${title}</title>
<desc id="${id}-summary">${summary}</desc>
<text x="0" y="13">Battery, kWh</text>
${cells.join('\n')}
${frame}
${rows.join('')}
${columns.join('')}
<text class="middle" x="${(PLOT.left + PLOT.right) / 2}" y="${pixel(bottom + 36)}">Panels, kWp</text>
${legend(bottom + 54, low, high, format)}
</svg>`
}

/** The colours with the values at which one gives way to the next. */
function legend(top, low, high, format) {
  const width = (PLOT.right - PLOT.left) / STEPS
  const swatches = Array.from(
    { length: STEPS },
    (_, i) =>
      `<g class="step-${i}"><rect class="cell" x="${pixel(PLOT.left + i * width)}" y="${pixel(top)}" width="${pixel(width)}" height="12"/></g>`,
  )
  const bounds = Array.from({ length: STEPS + 1 }, (_, i) => i)
    .filter((i) => i % 2 === 1 || i === 0)
    .map((i) => {
      const place = i === 0 ? '' : i === STEPS ? 'class="end" ' : 'class="middle" '
      return `<text ${place}x="${pixel(PLOT.left + i * width)}" y="${pixel(top + 28)}">${format(low + ((high - low) * i) / STEPS)}</text>`
    })
  return `${swatches.join('')}\n${bounds.join('')}`
}

/** Every size, or every second, third, …, so that their labels do not touch. */
function thinned(sizes, cellWidth) {
  const widest = Math.max(...sizes.map((size) => String(size).length)) * DIGIT + 6
  const every = Math.ceil(widest / cellWidth)
  return sizes.filter((_, i) => i % every === 0)
}

/** A number in a cell goes without its unit; the legend has it. */
function bare(text) {
  return text.split('\u00a0')[0]
}
