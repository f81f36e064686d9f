import { batterySize, kilowattPeak, whole } from './format.mjs'
import { DIGIT, pixel, roundTicks, scale } from './ticks.mjs'

const WIDTH = 400
const HEIGHT = 320
const TOP = 24
const BOTTOM = HEIGHT - 46
/** Lines that can be told apart, with `.line-0` to `.line-4` in style.mjs. */
const MOST_LINES = 5
const LABEL_HEIGHT = 16

/**
 * The cost over the size of the battery, a line for each of at most five sizes of panels, the cheapest among them.
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
  const left = 10 + DIGIT * Math.max(...costTicks.map((tick) => inFull(tick).length))
  const right = WIDTH - 20 - DIGIT * Math.max(...lines.map(({ size }) => kilowattPeak(size).length))
  const y = scale([costTicks[0], costTicks.at(-1)], [BOTTOM, TOP])
  const x = scale([batteries[0], batteries.at(-1)], [left, right])
  const batteryTicks = roundTicks(batteries[0], batteries.at(-1), 8).filter(
    (tick) => tick >= batteries[0] && tick <= batteries.at(-1),
  )

  const grid = costTicks.map(
    (tick) =>
      `<path class="grid" d="M${pixel(left)} ${y(tick)}H${pixel(right)}"/><text class="end" x="${pixel(left - 7)}" y="${pixel(y(tick) + 4)}">${inFull(tick)}</text>`,
  )
  const marks = batteryTicks.map(
    (tick) =>
      `<path class="axis" d="M${x(tick)} ${BOTTOM}v5"/><text class="middle" x="${x(tick)}" y="${BOTTOM + 19}">${tick}</text>`,
  )
  const labels = spread(lines.map((line) => y(line.points.at(-1).cost)))
  const curves = lines.map((line, i) => {
    const end = y(line.points.at(-1).cost)
    const course = line.points.map(({ battery, cost }) => `${x(battery)},${y(cost)}`).join(' ')
    const lead = `<path class="lead" d="M${pixel(right + 4)} ${end}L${pixel(right + 14)} ${labels[i]}"/>`
    const label = `<text class="line-label" x="${pixel(right + 18)}" y="${pixel(labels[i] + 4)}">${kilowattPeak(line.size)}</text>`
    return `<g class="line-${i}"><polyline class="line" points="${course}"/>${lead}${label}</g>`
  })

  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title ${id}-summary">
<title id="${id}-title">${title}</title>
<desc id="${id}-summary">${summary}</desc>
<text x="0" y="11">EUR a year</text>
${grid.join('\n')}
<path class="axis" d="M${pixel(left)} ${BOTTOM}H${pixel(right)}"/>
${marks.join('\n')}
<text class="middle" x="${pixel((left + right) / 2)}" y="${HEIGHT - 7}">Battery, kWh</text>
${curves.join('\n')}
<circle class="best" cx="${x(best.battery)}" cy="${y(best.cost)}" r="5.5"><title>cheapest: ${kilowattPeak(best.panels)}, ${batterySize(best.battery)}: ${whole(best.cost)} EUR a year</title></circle>
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

/** 1,200 or 0.5: a tick is round already. */
function inFull(tick) {
  return tick.toLocaleString('en-US')
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
  let below = BOTTOM + LABEL_HEIGHT / 2 // what was pushed down too far is pushed up again
  for (const index of order.toReversed()) {
    placed[index] = pixel(Math.min(placed[index], below))
    below = placed[index] - LABEL_HEIGHT
  }
  return placed
}
