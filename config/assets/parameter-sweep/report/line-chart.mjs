import { batterySize, euro, kilowattPeak } from './format.mjs'
import { roundTicks, scale } from './ticks.mjs'

const WIDTH = 400
const HEIGHT = 320
const PLOT = { left: 46, right: WIDTH - 66, top: 24, bottom: HEIGHT - 46 }
/** Lines that can be told apart, with `.line-0` to `.line-4` in style.mjs. */
const MOST_LINES = 5
const LABEL_HEIGHT = 16

/**
 * The cost over the size of the battery, a line for some sizes of panels: first, last, the cheapest and others between.
 *
 * @param {object} chart
 * @param {string} chart.id begins the ids of the picture, unique on the page
 * @param {string} chart.title
 * @param {string} chart.summary what a reader who does not see the picture should know
 * @param {number[]} chart.panels rising
 * @param {number[]} chart.batteries rising
 * @param {object[]} chart.points as computePoints gives them
 * @param {object} chart.best one of them
 * @returns {string} an svg element
 */
export function drawLineChart({ id, title, summary, panels, batteries, points, best }) {
  const lines = chooseSizes(panels, best.panels).map((size) => ({
    size,
    points: points.filter((point) => point.panels === size),
  }))
  const costs = lines.flatMap((line) => line.points.map(({ cost }) => cost))
  const [low, high] = withRoom(Math.min(...costs), Math.max(...costs))
  const costTicks = roundTicks(low, high, 8)
  const y = scale([costTicks[0], costTicks.at(-1)], [PLOT.bottom, PLOT.top])
  const x = scale([batteries[0], batteries.at(-1)], [PLOT.left, PLOT.right])
  const batteryTicks = roundTicks(batteries[0], batteries.at(-1), 8).filter(
    (tick) => tick >= batteries[0] && tick <= batteries.at(-1),
  )

  const grid = costTicks.map(
    (tick) =>
      `<path class="grid" d="M${PLOT.left} ${y(tick)}H${PLOT.right}"/><text class="end" x="${PLOT.left - 7}" y="${y(tick) + 4}">${tick.toLocaleString('en-US')}</text>`,
  )
  const marks = batteryTicks.map(
    (tick) =>
      `<path class="axis" d="M${x(tick)} ${PLOT.bottom}v5"/><text class="middle" x="${x(tick)}" y="${PLOT.bottom + 19}">${tick}</text>`,
  )
  const labels = spread(lines.map((line) => y(line.points.at(-1).cost)))
  const curves = lines.map((line, i) => {
    const end = y(line.points.at(-1).cost)
    const course = line.points.map(({ battery, cost }) => `${x(battery)},${y(cost)}`).join(' ')
    const lead = `<path class="lead" d="M${PLOT.right + 4} ${end}L${PLOT.right + 14} ${labels[i]}"/>`
    const label = `<text class="line-label" x="${PLOT.right + 18}" y="${labels[i] + 4}">${kilowattPeak(line.size)}</text>`
    return `<g class="line-${i}"><polyline class="line" points="${course}"/>${lead}${label}</g>`
  })

  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title ${id}-summary">
<title id="${id}-title">${title}</title>
<desc id="${id}-summary">${summary}</desc>
<text x="0" y="11">EUR a year</text>
${grid.join('\n')}
<path class="axis" d="M${PLOT.left} ${PLOT.bottom}H${PLOT.right}"/>
${marks.join('\n')}
<text class="middle" x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 7}">Battery, kWh</text>
${curves.join('\n')}
<circle class="best" cx="${x(best.battery)}" cy="${y(best.cost)}" r="5.5"><title>cheapest: ${kilowattPeak(best.panels)}, ${batterySize(best.battery)}: ${euro(best.cost)} EUR a year</title></circle>
</svg>`
}

/** At most five sizes, evenly apart, with the given one in the place of the one next to it. */
function chooseSizes(sizes, wanted) {
  const count = Math.min(MOST_LINES, sizes.length)
  const chosen = Array.from({ length: count }, (_, i) => Math.round((i * (sizes.length - 1)) / (count - 1)))
  const place = sizes.indexOf(wanted)
  if (!chosen.includes(place)) {
    const distances = chosen.map((index) => Math.abs(index - place))
    chosen[distances.indexOf(Math.min(...distances))] = place
  }
  return chosen.map((index) => sizes[index])
}

/** A range of costs that is not empty, though all costs may be the same. */
function withRoom(low, high) {
  return high - low > 1 ? [low, high] : [low - 1, high + 1]
}

/** Heights for labels: near the wanted ones, in their order, none closer to another than a label is high. */
function spread(wanted) {
  const order = wanted.map((_, i) => i).toSorted((a, b) => wanted[a] - wanted[b])
  const placed = []
  order.forEach((index, rank) => {
    const above = rank === 0 ? -Infinity : placed[order[rank - 1]]
    placed[index] = Math.max(wanted[index], above + LABEL_HEIGHT)
  })
  let below = PLOT.bottom + LABEL_HEIGHT / 2 // what was pushed down too far is pushed up again
  for (const index of order.toReversed()) {
    placed[index] = Number(Math.min(placed[index], below).toFixed(1))
    below = placed[index] - LABEL_HEIGHT
  }
  return placed
}
