/**
 * The loss curve as an SVG picture. Both axes are logarithmic: a training does most of its work in the first epochs,
 * and on linear axes every curve looks like the letter L. Colours follow the viewer's light or dark setting.
 */
const WIDTH = 760
const HEIGHT = 460
const PLOT = { left: 88, right: WIDTH - 96, top: 118, bottom: HEIGHT - 64 }

const STYLE = `
    svg { --paper: #ffffff; --ink: #1b2230; --soft: #5a6475; --grid: #e4e8ee; --axis: #a9b2c0; --line: #0a5fd0 }
    @media (prefers-color-scheme: dark) {
      svg { --paper: #15181e; --ink: #eceff4; --soft: #a8b2c2; --grid: #2b313c; --axis: #586274; --line: #74b4ff }
    }
    text { font: 14px system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif; fill: var(--soft) }
    .paper { fill: var(--paper) }
    .title { font-size: 20px; font-weight: 600; fill: var(--ink) }
    .grid { stroke: var(--grid) }
    .axis { stroke: var(--axis) }
    .area { fill: var(--line); opacity: 0.08 }
    .curve { fill: none; stroke: var(--line); stroke-width: 2.5; stroke-linejoin: round; stroke-linecap: round }
    .end { fill: var(--line); stroke: var(--paper); stroke-width: 2 }
    .end-label { font-weight: 600; fill: var(--ink) }
    .middle { text-anchor: middle }
    .right { text-anchor: end }`

/**
 * Draws the curve.
 *
 * @param {{target: string, epochs: number, learningRate: number, curve: {epoch: number, loss: number}[]}} training
 *   `curve` starts with epoch 0, the state before training, and ends with the last epoch.
 * @returns {string} the SVG document
 */
export function drawLossPlot({ target, epochs, learningRate, curve }) {
  const losses = drawableLosses(curve)
  const low = roundDown(Math.min(...losses) / 1.2) // so that the curve never lies on the axis
  const high = roundUp(Math.max(...losses))
  const y = scale(Math.log10, [low, high], [PLOT.bottom, PLOT.top])
  const x = scale(Math.log1p, [0, epochs], [PLOT.left, PLOT.right]) // log(1 + epoch) has a place for epoch 0

  const points = curve.map(({ epoch }, i) => `${x(epoch)},${y(losses[i])}`).join(' ')
  const end = { x: x(epochs), y: y(losses.at(-1)) }
  const before = format(curve[0].loss)
  const after = format(curve.at(-1).loss)
  const duration = epochs === 1 ? '1 epoch' : `${format(epochs)} epochs`
  const measure = `Mean squared error of ${escapeXml(target)}`

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title summary">
  <title id="title">Loss while training</title>
  <desc id="summary">${measure} on the training data: ${before} before training, ${after} after ${duration}.</desc>
  <style>${STYLE}
  </style>
  <rect class="paper" width="100%" height="100%"/>
  <text class="title" x="24" y="38">Loss while training</text>
  <text x="24" y="62">${measure}: from ${before} to ${after} in ${duration} at learning rate ${learningRate}</text>
  <text class="right" x="${PLOT.left - 12}" y="${PLOT.top - 18}">Loss</text>
${ticks(low, high, 12)
  .map((tick) => horizontalLine(y(tick), tick))
  .join('\n')}
${epochTicks(epochs, x)
  .map((tick) => epochMark(x(tick), tick))
  .join('\n')}
  <path class="axis" d="M${PLOT.left} ${PLOT.bottom}H${PLOT.right}"/>
  <text class="middle" x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 16}">Epoch (both axes are logarithmic)</text>
  <polygon class="area" points="${PLOT.left},${PLOT.bottom} ${points} ${PLOT.right},${PLOT.bottom}"/>
  <polyline class="curve" points="${points}"/>
  <circle class="end" cx="${end.x}" cy="${end.y}" r="6"/>
  <text class="end-label" x="${end.x + 14}" y="${end.y + 5}">${after}</text>
</svg>
`
}

/** A perfect loss, 0, has no place on a logarithmic axis: what is below a trillionth of the largest is drawn as that. */
function drawableLosses(curve) {
  const largest = Math.max(...curve.map(({ loss }) => loss)) || 1
  return curve.map(({ loss }) => Math.max(loss, largest * 1e-12))
}

function horizontalLine(y, value) {
  return `  <path class="grid" d="M${PLOT.left} ${y}H${PLOT.right}"/><text class="right" x="${PLOT.left - 12}" y="${y + 5}">${format(value)}</text>`
}

function epochMark(x, value) {
  return `  <path class="axis" d="M${x} ${PLOT.bottom}v6"/><text class="middle" x="${x}" y="${PLOT.bottom + 24}">${format(value)}</text>`
}

/** First, last, and round epochs between them that leave the last one room for its label. */
function epochTicks(epochs, x) {
  const between = ticks(1, epochs, 10).filter((tick) => x(tick) < PLOT.right - 50)
  return [0, ...between, epochs]
}

/** Maps a range through a function to pixels; a tenth of a pixel is precise enough. */
function scale(by, [low, high], [from, to]) {
  return (value) => Number((from + ((to - from) * (by(value) - by(low))) / (by(high) - by(low))).toFixed(1))
}

/** Round numbers from low to high: 1, 2 and 5 times the powers of ten if they are few enough, else every first, second, … power. */
function ticks(low, high, atMost) {
  const first = Math.floor(Math.log10(low)) - 1
  const last = Math.ceil(Math.log10(high)) + 1
  const pick = (leadingDigits, stride) => {
    const found = []
    for (let power = first; power <= last; power += 1) {
      if (power % stride === 0) found.push(...leadingDigits.map((digit) => Number(`${digit}e${power}`)))
    }
    return found.filter((value) => value >= low && value <= high)
  }
  const candidates = [pick([1, 2, 5], 1), pick([1], 1), pick([1], 2)]
  return candidates.find((found) => found.length <= atMost) ?? pick([1], 4)
}

/** The largest 1, 2 or 5 times a power of ten that is not above the value. */
function roundDown(value) {
  return ticks(value / 10, value, 12).at(-1)
}

/** The smallest 1, 2 or 5 times a power of ten that is not below the value. */
function roundUp(value) {
  return ticks(value, value * 10, 12)[0]
}

/** Four digits: 51.76, 33,510, 2e-9. */
function format(value) {
  const rounded = Number(value.toPrecision(4))
  if (rounded !== 0 && (rounded < 0.001 || rounded >= 1e7)) return rounded.toExponential()
  return rounded.toLocaleString('en-US', { maximumFractionDigits: 6 })
}

function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
